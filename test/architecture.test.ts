import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { importsOf, sourceFiles, violations } from './support/architecture.ts';
import type { SourceFile } from './support/source-file.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = [
  'service',
  'monasca-mock',
  'emitter',
  'grafana',
  'scripts',
  'demo',
  'receiver',
  'page',
  'test',
];

/** The names of the packages that the product brings along. */
function dependencies(): string[] {
  const { dependencies } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  return Object.keys(dependencies);
}

describe('the source tree', () => {
  it('keeps the rules for imports and sizes', () => {
    const present = folders.filter((folder) => existsSync(`${root}/${folder}`));
    const files = sourceFiles(root, present);
    expect(files.length).toBeGreaterThan(50);
    expect(violations(files, dependencies())).toEqual([]);
  });
});

describe('test/support/README.md', () => {
  const folder = `${root}/test/support`;
  const listed = [
    ...readFileSync(`${folder}/README.md`, 'utf8').matchAll(/^- `([^`]+)`: \S/gm),
  ].map(([, name = '']) => name);

  it('names every file of the folder once, and no other', () => {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => /\.(?:ts|js)$/.test(name));
    expect(names.length).toBeGreaterThan(50);
    expect(listed.toSorted()).toEqual(names.toSorted());
  });
});

/** The violations of a made-up tree. */
const wrong = (path: string, text: string, ...others: SourceFile[]) =>
  violations([{ path, text }, ...others], ['koa', '@koa/router', 'prom-client']);
const importing = (specifier: string) => `import { x } from '${specifier}';\n`;

describe('violations', () => {
  it.each([
    ['service/store/a.ts', '../delivery/b.ts', 'store (floor 2) may not know delivery (floor 3)'],
    ['service/config/a.ts', '../runtime/b.ts', 'config (floor 1) may not know runtime (floor 1)'],
    ['service/http/routes/a.ts', '../../profiles/ge/b.ts', 'http (floor 5) may not know profiles'],
    ['service/http/a.ts', '../app.ts', 'http (floor 5) may not know app.ts (floor 6)'],
    ['service/access/a.ts', '../http/b.ts', 'access (floor 4) may not know http (floor 5)'],
    ['service/silences/a.ts', '../liveness/b.ts', 'silences (floor 3) may not know liveness'],
    ['service/http/a.ts', '../../test/b.ts', 'the service imports nothing beside itself'],
    ['service/cellar/a.ts', '../store/b.ts', 'no floor is known for cellar'],
    ['monasca-mock/a.ts', '../service/contract/b.ts', 'monasca-mock may import only itself'],
    ['emitter/a.ts', '../service/runtime/b.ts', 'emitter may import only service/contract/'],
    ['page/a.tsx', '../service/runtime/b.ts', 'page may import only service/contract/'],
    ['service/page/a.ts', 'preact', 'not among the dependencies'],
    ['demo/a.ts', '../service/app.ts', 'demo may import only service/contract/'],
    ['demo/screen/a.ts', '../../monasca-mock/mock.ts', 'demo may import only service/contract/'],
    ['service/ingest/a.ts', 'node:sqlite', 'only store knows SQL'],
    ['service/http/a.ts', 'prom-client', 'only service/runtime/metrics.ts knows prom-client'],
    ['service/http/a.ts', 'lodash/get', 'not among the dependencies'],
  ])('finds that %s imports %s', (path, specifier, fault) => {
    expect(wrong(path, importing(specifier))).toEqual([
      expect.stringContaining(`${path} imports ${specifier}: ${fault}`),
    ]);
  });

  it.each([
    ['service/delivery/a.ts', '../store/b.ts'],
    ['service/cli/a.ts', '../run.ts'],
    ['service/profiles/ge/a.ts', './b.ts'],
    ['service/http/a.ts', '@koa/router'],
    ['service/store/a.ts', 'node:sqlite'],
    ['service/runtime/metrics.ts', 'prom-client'],
    ['monasca-mock/a.ts', 'node:sqlite'],
    ['emitter/a.ts', '../service/contract/b.ts'],
    ['page/a.tsx', 'preact/hooks'],
    ['test/a.ts', '../service/http/b.ts'],
  ])('lets %s import %s', (path, specifier) => {
    expect(wrong(path, importing(specifier))).toEqual([]);
  });

  it("lets grafana import Grafana's types, and nothing that runs", () => {
    const types = "import type { x } from '@grafana/schema';\n";
    expect(wrong('grafana/a.ts', types)).toEqual([]);
    expect(wrong('grafana/a.ts', importing('@grafana/schema'))).toHaveLength(1);
    expect(wrong('service/http/a.ts', types)).toHaveLength(1);
  });

  it.each([
    ['values', "import { x } from './b.ts';\n"],
    ['types', "import type { x } from './b.ts';\n"],
  ])('finds a circle of imported %s', (_, text) => {
    const back = { path: 'service/http/b.ts', text: importing('./a.ts') };
    expect(wrong('service/http/a.ts', text, back)).toEqual([
      'a circle of imports: a.ts → b.ts → a.ts',
    ]);
  });

  it('finds functions of more than 70 lines, in product code', () => {
    const long = `/** Before. */\nexport function long() {\n${'  x();\n'.repeat(69)}}\n`;
    expect(wrong('demo/a.ts', long)).toEqual(['demo/a.ts: long has 71 lines, more than 70']);
    expect(wrong('demo/a.ts', long.replace('  x();\n', ''))).toEqual([]);
    expect(wrong('test/a.ts', long)).toEqual([]);
    const method = `class A {\n  #b = (c: string) => {\n${'x();\n'.repeat(69)}  };\n}\n`;
    expect(wrong('demo/a.ts', method)).toEqual(['demo/a.ts: b has 71 lines, more than 70']);
  });

  it('finds two exported types of one name', () => {
    const type = 'export type Answer = string;\n';
    const other = { path: 'service/http/b.ts', text: type };
    expect(wrong('demo/a.ts', type, other)).toEqual([
      'demo/a.ts and service/http/b.ts export a type Answer',
    ]);
    expect(wrong('demo/a.ts', type, { ...other, path: 'test/b.ts' })).toEqual([]);
  });

  it('finds default exports, long files and crowded folders', () => {
    expect(wrong('demo/a.ts', 'export default 1;\n')).toEqual(['demo/a.ts has a default export']);
    expect(wrong('demo/a.ts', '\n'.repeat(351))).toEqual([
      'demo/a.ts has 351 lines, more than 350',
    ]);
    const crowd = Array.from({ length: 12 }, (_, n) => ({ path: `service/web/${n}.ts`, text: '' }));
    expect(wrong('service/web/a.ts', '', ...crowd)).toEqual([
      'service/web holds 13 files, more than 12',
    ]);
  });
});

describe('importsOf', () => {
  it('reads every form of import', () => {
    const text = [
      "import a, { b } from 'one';",
      'import {',
      '  c,',
      "} from './two.ts';",
      "import type { D } from './three.ts';",
      "export { e } from './four.ts';",
      "import 'five';",
      "const f = await import('./six.ts');",
      "const g = new Worker(new URL('./seven.ts', import.meta.url));",
      "// an import from 'nowhere'",
      "const h = 'import x from';",
    ].join('\n');
    expect(importsOf(text).map(({ specifier }) => specifier)).toEqual([
      'one',
      './two.ts',
      './three.ts',
      './four.ts',
      'five',
      './six.ts',
      './seven.ts',
    ]);
  });
});
