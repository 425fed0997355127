import {
  type ChildProcess,
  execFileSync,
  type SpawnOptions,
  spawn,
  spawnSync,
} from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { failPointSettings } from '../support/fail-point.ts';
import { describeWith } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** This Node, and the one of the machine if it is another that can run the program. */
function nodes(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const ofMachine = folders
    .filter((folder) => folder !== '' && !folder.includes('node_modules'))
    .map((folder) => join(folder, 'node'))
    .find((path) => existsSync(path));
  if (ofMachine === undefined) return [process.execPath];
  const version = execFileSync(ofMachine, ['--version'], { encoding: 'utf8' }).trim();
  const isOther = version !== process.version && Number.parseInt(version.slice(1), 10) >= 24;
  return isOther ? [process.execPath, ofMachine] : [process.execPath];
}

const npmSettings = {
  npm_config_audit: 'false',
  npm_config_fund: 'false',
  npm_config_update_notifier: 'false',
  npm_config_prefer_offline: 'true',
};

/** Runs npm in a folder, without the variables that an npm around this test has set. */
function npm(cwd: string, ...args: string[]): string {
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const env = { ...Object.fromEntries(inherited), ...npmSettings };
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed:\n${stderr}\n${stdout}`);
  return stdout;
}

/** A folder in which the packed project is installed, as a user would. */
let folder: string;
let packed: string[];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ge-heartbeat-package-'));
  // The build writes into the project, which other tests read at the same time.
  const clone = join(folder, 'clone');
  const isLeftOut = /^(?:node_modules|\.git|dist|data|test)(?:\/|$)/;
  cpSync(root, clone, {
    recursive: true,
    filter: (path) => !isLeftOut.test(path.slice(root.length)),
  });
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  const project = join(folder, 'project');
  mkdirSync(project);
  // A page that is built is copied; prepack, and prepare after it, would build it once more each.
  if (existsSync(join(clone, 'service/page/built'))) {
    execFileSync(process.execPath, [join(clone, 'scripts/build-package.ts')], { stdio: 'inherit' });
  } else npm(clone, 'run', 'prepack');
  const packing = ['--ignore-scripts', '--json', '--pack-destination', project];
  const output = npm(clone, 'pack', ...packing);
  const [report] = JSON.parse(output);
  packed = report.files.map(({ path }: { path: string }) => path);
  npm(project, 'install', `./${report.filename}`);
}, 180_000);
const started = new Set<ChildProcess>();
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const program = () => join(folder, 'project/node_modules/.bin/ge-heartbeat');

type Started = { readonly url: string; readonly exited: Promise<unknown[]>; stop(): void };

async function serve(
  node: string,
  dataDir: string,
  env: Record<string, string> = {},
): Promise<Started> {
  const options: SpawnOptions & { stdio: ['ignore', 'pipe', 'inherit'] } = {
    cwd: join(folder, 'project'),
    env: { HEARTBEAT_HTTP_PORT: '0', HEARTBEAT_DATA_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  };
  const child = spawn(node, [program(), 'serve'], options);
  started.add(child);
  const exited = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    const ended = () => reject(new Error('the service ended at its start'));
    child.once('exit', ended);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const { url } = JSON.parse(line);
      if (typeof url === 'string') resolve(url);
    });
  });
  return { url, exited, stop: () => void child.kill('SIGTERM') };
}

const heartbeatOf = (instance: string) => ({
  method: 'POST',
  body: JSON.stringify({ name: 'Orion', version: '1', instance }),
});

describeWith(['npm'], 'the packed project', () => {
  it('is built by npm pack, with the page', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(scripts.prepack).toBe('npm run build:page && node scripts/build-package.ts');
  });

  it('has what runs, and nothing else', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'bin/ge-heartbeat.js',
        'dist/service/cli.js',
        'dist/service/store/writer/writer-thread.js',
        'dist/emitter/client/create-emitter.d.ts',
        'emitter/GE_Heartbeat.sh',
        'deploy/systemd/ge-heartbeat.service',
        'grafana/provisioning/dashboards/heartbeat-overview.json',
      ]),
    );
    const kinds = new Set(
      packed.filter((path) => path.includes('/')).map((path) => path.split('/')[0]),
    );
    expect([...kinds].sort()).toEqual(['bin', 'deploy', 'dist', 'docs', 'emitter', 'grafana']);
    const sources = packed.filter((path) => /(?<!\.d)\.ts$|\.test\./.test(path));
    expect(sources).toEqual([]);
    const built = join(root, 'service/page/built');
    const pages = existsSync(built)
      ? readdirSync(built, { recursive: true, encoding: 'utf8' })
      : [];
    if (pages.includes('index.html'))
      expect(packed).toContain('dist/service/page/built/index.html');
  });

  it.each(nodes())(
    'serves, accepts heartbeats, responds to the command, and stops: %s',
    async (node) => {
      const { url, exited, stop } = await serve(node, temporaryFolder());
      const accepted = await fetch(`${url}/api/v1/heartbeats`, heartbeatOf('a'));
      expect(await accepted.json()).toEqual({ accepted: 1, rejected: [] });
      const args = [program(), 'active', '--url', url, '--format', 'json'];
      // Asynchronous, because this process waits for the responses to its own requests too.
      const command = spawn(node, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const [output] = await Promise.all([command.stdout.toArray(), once(command, 'exit')]);
      expect(JSON.parse(Buffer.concat(output).toString())).toMatchObject([
        { name: 'Orion', max: 1 },
      ]);
      const styles = await fetch(`${url}/docs/swagger-ui.css`);
      expect(styles.status).toBe(200);
      const page = await fetch(url);
      const isBuilt = packed.includes('dist/service/page/built/index.html');
      if (isBuilt) {
        const [, script] = /<script[^>]* src="([^"]+)"/.exec(await page.text()) ?? [];
        expect((await fetch(new URL(script ?? 'none', url))).status).toBe(200);
      }
      stop();
      expect(await exited).toEqual([0, null]);
    },
  );

  it('keeps what it acknowledged when it dies at a line of its code', async () => {
    const dataDir = temporaryFolder();
    const line = 'this.#lastSuccessAtMs = this.#clock.now();';
    const point = { file: 'store/group-commit.ts', line, hit: 10 };
    const dying = await serve(process.execPath, dataDir, failPointSettings(point));
    let acknowledged = 0;
    const send = () => fetch(`${dying.url}/api/v1/heartbeats`, heartbeatOf(`a${acknowledged}`));
    while ((await send().catch(() => undefined))?.ok) acknowledged++;
    expect(acknowledged).toBeGreaterThan(0);
    expect(await dying.exited).toEqual([null, 'SIGKILL']);
    const { url, exited, stop } = await serve(process.execPath, dataDir);
    const csv = await fetch(`${url}/api/v1/instances?format=csv`);
    const rows = (await csv.text()).trim().split('\n').slice(1);
    expect(rows.length).toBeGreaterThanOrEqual(acknowledged);
    stop();
    await exited;
  });

  it('has the emitter for programs, with types', () => {
    const project = join(folder, 'project');
    writeFileSync(
      join(project, 'program.mts'),
      `import { createEmitter, type Emitter } from 'ge-heartbeat/emitter';
       const emitter: Emitter = createEmitter({ url: 'http://127.0.0.1:9', name: 'a', version: '1' });
       await emitter.stop();
       // @ts-expect-error: the name is missing
       export const wrong = () => createEmitter({ url: '', version: '1' });
      `,
    );
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const options = ['--strict', '--target', 'esnext', '--module', 'nodenext', '--types', ''];
    const compile = spawnSync(process.execPath, [compiler, ...options, 'program.mts'], {
      cwd: project,
      encoding: 'utf8',
    });
    expect({ status: compile.status, errors: compile.stdout }).toEqual({ status: 0, errors: '' });
    const run = spawnSync(process.execPath, ['program.mjs'], { cwd: project, encoding: 'utf8' });
    expect({ status: run.status, errors: run.stderr }).toEqual({ status: 0, errors: '' });
  });
});
