import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { longFunctions } from './long-functions.ts';
import type { SourceFile } from './source-file.ts';

type Import = { readonly specifier: string; readonly isTypeOnly: boolean };

/** A room may import the rooms on lower floors. Rooms on the same floor do not import each other. */
const floors: readonly (readonly string[])[] = [
  ['contract'],
  ['config', 'runtime'],
  ['store'],
  ['delivery', 'registry', 'ledger', 'ingest', 'silences'],
  ['monasca', 'redis', 'liveness', 'notify', 'query', 'access', 'amqp', 'records', 'relays'],
  ['http', 'profiles', 'page', 'agent'],
  ['app.ts', 'rooms.ts', 'servers.ts', 'main.ts', 'run.ts', 'cli.ts', 'cli'],
];

/** Packages that are built into the page, and needed nowhere else. */
const pagePackages = ['preact', 'uplot'];

/** Folders beside the service, and all that they may import of ours beside themselves. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  'monasca-mock': [],
  emitter: ['service/contract/'],
  grafana: ['service/contract/'],
  demo: ['service/contract/'],
  receiver: ['service/contract/'],
  page: ['service/contract/'],
};

const maxFileLines = 350;
const maxFolderFiles = 12;
const maxFunctionLines = 70;

/** Functions that may be longer, as `path name`: each is one list or one picture that a cut would hide. */
export const allowedLongFunctions: readonly string[] = [];

/** Violations of the rules for imports and sizes, one sentence each. */
export function violations(
  files: readonly SourceFile[],
  dependencies: readonly string[],
): string[] {
  return [
    ...files.flatMap((file) => importViolations(file, dependencies)),
    ...files.flatMap(fileViolations),
    ...files.filter(({ path }) => isProduct(path)).flatMap(functionViolations),
    ...crowdedFolders(files),
    ...cycles(files),
    ...sharedTypeNames(files),
  ];
}

function functionViolations(file: SourceFile): string[] {
  return longFunctions(file, maxFunctionLines)
    .filter(({ path, name }) => !allowedLongFunctions.includes(`${path} ${name}`))
    .map(
      ({ path, name, lines }) =>
        `${path}: ${name} has ${lines} lines, more than ${maxFunctionLines}`,
    );
}

/** The TypeScript files below some folders of the project. */
export function sourceFiles(root: string, folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') })),
  );
}

/**
 * The specifiers that a file imports, types included. Statements begin at the margin, as the
 * formatter writes them. A file that runs as a worker (`new URL('./x.ts', import.meta.url)`) counts.
 */
export function importsOf(text: string): Import[] {
  const statements = /^(?:import|export)\b([^'";]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
  const others =
    /^import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|new URL\(\s*['"](\.[^'"]+\.ts)['"]/gm;
  return [
    ...[...text.matchAll(statements)].map(([, clause = '', specifier = '']) => ({
      specifier,
      isTypeOnly: /^\s*type\b/.test(clause),
    })),
    ...[...text.matchAll(others)].map(([, bare, dynamic, worker]) => ({
      specifier: bare ?? dynamic ?? worker ?? '',
      isTypeOnly: false,
    })),
  ];
}

function importViolations({ path, text }: SourceFile, dependencies: readonly string[]): string[] {
  if (!isProduct(path)) return [];
  return importsOf(text).flatMap(({ specifier, isTypeOnly }) => {
    if (path.startsWith('grafana/') && isTypeOnly && isGrafanaType(specifier)) return [];
    const fault = specifier.startsWith('.')
      ? relativeFault(path, resolve(path, specifier))
      : packageFault(path, specifier, dependencies);
    return fault === undefined ? [] : [`${path} imports ${specifier}: ${fault}`];
  });
}

/** Grafana's types, which are needed to check the dashboards and not to generate them. */
const isGrafanaType = (specifier: string): boolean => /^@grafana\/schema(\/|$)/.test(specifier);

function relativeFault(path: string, target: string): string | undefined {
  const [folder = ''] = path.split('/');
  const own = neighbours[folder];
  if (own) {
    const isAllowed = [`${folder}/`, ...own].some((start) => target.startsWith(start));
    return isAllowed ? undefined : `${folder} may import only ${own.join(', ') || 'itself'}`;
  }
  if (!target.startsWith('service/')) return 'the service imports nothing beside itself';
  const [from, to] = [roomOf(path), roomOf(target)];
  if (from === to) return undefined;
  const [high, low] = [floorOf(from), floorOf(to)];
  if (high === undefined || low === undefined) {
    return `no floor is known for ${high === undefined ? from : to}`;
  }
  if (high === low && high === floors.length - 1) return undefined;
  return high > low ? undefined : `${from} (floor ${high}) may not know ${to} (floor ${low})`;
}

function packageFault(
  path: string,
  specifier: string,
  dependencies: readonly string[],
): string | undefined {
  const isService = path.startsWith('service/');
  if (specifier === 'node:sqlite') {
    return isService && !path.startsWith('service/store/') ? 'only store knows SQL' : undefined;
  }
  if (specifier === 'prom-client' && isService && path !== 'service/runtime/metrics.ts') {
    return 'only service/runtime/metrics.ts knows prom-client';
  }
  if (specifier.startsWith('node:')) return undefined;
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  if (path.startsWith('page/') && pagePackages.includes(name)) return undefined;
  return dependencies.includes(name) ? undefined : 'not among the dependencies';
}

function fileViolations({ path, text }: SourceFile): string[] {
  const lines = text.split('\n').length - 1;
  return [
    ...(/^export default\b|^export \{[^}]*\bas default\b/m.test(text)
      ? [`${path} has a default export`]
      : []),
    ...(lines > maxFileLines ? [`${path} has ${lines} lines, more than ${maxFileLines}`] : []),
  ];
}

function crowdedFolders(files: readonly SourceFile[]): string[] {
  const folders = Map.groupBy(
    files.filter(({ path }) => path.startsWith('service/')),
    ({ path }) => dirname(path),
  );
  return [...folders]
    .filter(([, inside]) => inside.length > maxFolderFiles)
    .map(
      ([folder, inside]) => `${folder} holds ${inside.length} files, more than ${maxFolderFiles}`,
    );
}

/** Circles of imports, type imports included. */
function cycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(
    files.map(({ path, text }) => [
      path,
      importsOf(text)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => resolve(path, specifier)),
    ]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) {
      const circle = [...trail.slice(trail.indexOf(path)), path];
      found.push(`a circle of imports: ${circle.map((one) => basename(one)).join(' → ')}`);
    } else if (!done.has(path)) {
      for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    }
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}

/** Names that two exported types of the product have: a type has one meaning. */
function sharedTypeNames(files: readonly SourceFile[]): string[] {
  const exported = files
    .filter(({ path }) => isProduct(path))
    .flatMap(({ path, text }) =>
      [...text.matchAll(/^export (?:type|class|interface) (\w+)/gm)].map(([, name = '']) => ({
        name,
        path,
      })),
    );
  return [...Map.groupBy(exported, ({ name }) => name)]
    .filter(([, places]) => places.length > 1)
    .map(
      ([name, places]) => `${places.map(({ path }) => path).join(' and ')} export a type ${name}`,
    );
}

function isProduct(path: string): boolean {
  const [folder = ''] = path.split('/');
  return folder === 'service' || Object.hasOwn(neighbours, folder);
}

function roomOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function floorOf(room: string): number | undefined {
  const floor = floors.findIndex((rooms) => rooms.includes(room));
  return floor === -1 ? undefined : floor;
}

function resolve(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier));
}
