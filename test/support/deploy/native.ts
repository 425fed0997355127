import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram } from '../programs.ts';
import { freePort } from '../test-server.ts';
import { untilResult } from '../until.ts';
import { type ComposeFile, root } from './compose.ts';
import { commandLine, environmentOf, readStages } from './images.ts';

/** What the images of others run, and where they have their port. */
const programs: Readonly<Record<string, { program: string; listen: (port: number) => string }>> = {
  prometheus: {
    program: 'prometheus',
    listen: (port) => `--web.listen-address=127.0.0.1:${port}`,
  },
  alertmanager: {
    program: 'prometheus-alertmanager',
    listen: (port) => `--web.listen-address=127.0.0.1:${port}`,
  },
};

/** The ports that containers listen on; here each gets a free one. */
const containerPorts: Readonly<Record<string, readonly number[]>> = {
  'monasca-mock': [5000, 8070],
  heartbeat: [8080],
  prometheus: [9090],
  alertmanager: [9093],
};

/** Fifteen seconds between two looks are for people. */
const hurried = (text: string) => text.replaceAll(/_interval: (15|20)s/g, '_interval: 1s');

/**
 * The services of the compose file as processes of this machine, with their own commands, variables
 * and mounted files. Only names of hosts, ports and folders are others: those of containers do not
 * exist here.
 */
export type NativeStack = {
  /** Where a service's port is, as `host:port`. */
  address(service: string, port: number): string;
  start(service: string): Promise<void>;
  /** Runs the health check of the compose file; resolves with what it said when it is green. */
  healthy(service: string): Promise<string>;
  stop(): Promise<void>;
};

export async function createNativeStack(
  compose: ComposeFile,
  folder: string,
): Promise<NativeStack> {
  const places = new Map<string, string>();
  for (const [service, ports] of Object.entries(containerPorts)) {
    for (const port of ports) places.set(`${service}:${port}`, `127.0.0.1:${await freePort()}`);
  }
  const children: ChildProcess[] = [];
  const address = (service: string, port: number) => places.get(`${service}:${port}`) ?? '';
  const portOf = (service: string, port: number) => Number(address(service, port).split(':')[1]);

  /** Names of hosts become addresses; within a service its own port is on 127.0.0.1. */
  function translate(service: string, text: string): string {
    let translated = text;
    for (const [name, place] of places) {
      translated = translated.replaceAll(name, place);
      const [owner, port] = name.split(':');
      if (owner !== service) continue;
      translated = translated.replaceAll(
        new RegExp(`(127\\.0\\.0\\.1|localhost):${port}`, 'g'),
        place,
      );
    }
    return translated;
  }

  /** The folder with which a container's path is replaced; what is mounted there is copied in. */
  function mounted(service: string, path: string): string {
    const target = join(folder, service, path);
    mkdirSync(target, { recursive: true });
    for (const volume of compose.services[service]?.volumes ?? []) {
      const [source = '', where = ''] = volume.split(':');
      if (where !== path || !source.startsWith('.')) continue;
      cpSync(fileURLToPath(new URL(source, root)), target, { recursive: true });
      for (const name of readdirSync(target)) {
        const file = join(target, name);
        writeFileSync(file, hurried(translate(service, readFileSync(file, 'utf8'))));
      }
    }
    return target;
  }

  function commandOf(service: string): string[] {
    const { build, command } = definition(service);
    if (!build) {
      const { program = '', listen } = programs[service] ?? {};
      const own = command.map((argument) =>
        argument.replace(
          /=(\/[\w/]+?)(\/[\w.]+\.ya?ml)?$/,
          (_, path: string, file = '') => `=${mounted(service, path)}${file}`,
        ),
      );
      const [port = 0] = containerPorts[service] ?? [];
      return [findProgram(program) ?? program, ...own, listen?.(portOf(service, port)) ?? ''];
    }
    const stage = readStages().get(build.target);
    if (!stage) throw new Error(`the Dockerfile has no stage ${build.target}`);
    const [program = '', ...rest] = commandLine(stage, command);
    if (program.startsWith('/usr/local/bin/')) {
      const script = fileURLToPath(new URL(program.replace('/usr/local/bin/', 'emitter/'), root));
      return ['sh', script, ...rest];
    }
    return [program, ...rest];
  }

  function definition(service: string) {
    const found = compose.services[service];
    if (!found) throw new Error(`the compose file has no service ${service}`);
    return found;
  }

  function environment(service: string): Record<string, string> {
    const { build, environment: own, secrets } = definition(service);
    const stage = build ? readStages().get(build.target) : undefined;
    const all = { ...(stage ? environmentOf(stage) : {}), ...own };
    const secretFile = (path: string) => {
      const name = path.replace('/run/secrets/', '');
      return secrets.includes(name)
        ? fileURLToPath(new URL(compose.secrets[name]?.file ?? '', root))
        : path;
    };
    const entries = Object.entries(all).map(([name, value]): [string, string] => {
      if (value.startsWith('/run/secrets/')) return [name, secretFile(value)];
      if (value === '/etc/heartbeat/heartbeat.yaml') {
        return [name, fileURLToPath(new URL('deploy/compose/heartbeat.yaml', root))];
      }
      if (value === '/data') return [name, join(folder, service, 'data')];
      return [name, translate(service, value)];
    });
    return Object.fromEntries(entries);
  }

  const ports = () => ({
    HEARTBEAT_HTTP_PORT: String(portOf('heartbeat', 8080)),
    HEARTBEAT_HTTP_HOST: '127.0.0.1',
    HEARTBEAT_URL: `http://${address('heartbeat', 8080)}`,
  });
  const mockPorts = () => [
    ...['--host', '127.0.0.1', '--public-host', '127.0.0.1'],
    ...['--keystone-port', String(portOf('monasca-mock', 5000))],
    ...['--monasca-port', String(portOf('monasca-mock', 8070))],
  ];
  const environmentFor = (service: string) => ({
    PATH: process.env['PATH'] ?? '',
    ...environment(service),
    ...(service === 'heartbeat' ? ports() : {}),
    ...(definition(service).build?.target === 'emitter'
      ? { HEARTBEAT_STATE_DIR: join(folder, service, 'state') }
      : {}),
  });

  return {
    address,
    async start(service) {
      const [command = '', ...args] = commandOf(service);
      const extra = service === 'monasca-mock' ? mockPorts() : [];
      const child = spawn(command, [...args, ...extra], {
        cwd: fileURLToPath(root),
        env: environmentFor(service),
        stdio: 'ignore',
      });
      children.push(child);
      await once(child, 'spawn');
    },
    async healthy(service) {
      const [, command = '', ...args] = definition(service).healthcheck?.test ?? [];
      const check = () =>
        new Promise<string | undefined>((resolve) => {
          execFile(
            command,
            args.map((argument) => translate(service, argument)),
            { cwd: fileURLToPath(root), env: environmentFor(service) },
            (error, stdout) => resolve(error ? undefined : stdout),
          );
        });
      const output = await untilResult(check, (text) => text !== undefined, {
        everyMs: 200,
        withinMs: 30_000,
      });
      return output ?? '';
    },
    async stop() {
      await Promise.all(
        children.map(async (child) => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const gone = once(child, 'exit');
          child.kill('SIGKILL');
          await gone;
        }),
      );
    },
  };
}
