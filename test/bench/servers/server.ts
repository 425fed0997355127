import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createToken } from '../../../service/contract/access/token.ts';
import { type Child, freePort, makeFolder, removeFolder, startNode } from './child.ts';
import type { ReferenceBuild } from './reference-build.ts';

/**
 * `bare` and `durable` are the two baselines of `bare-server.ts`. `ours` is the service,
 * `ingest-only` the service without registry and liveness, `authenticated` the service with a token
 * required, `watched` the service with open pages. `reference` is the service of another checkout, with the settings of `ours`.
 */
export const serverKinds = [
  'bare',
  'durable',
  'ingest-only',
  'ours',
  'authenticated',
  'watched',
  'reference',
] as const;
export type ServerKind = (typeof serverKinds)[number];
export const usualServers: readonly ServerKind[] = ['bare', 'durable', 'ours'];

export type Server = {
  readonly kind: ServerKind;
  readonly port: number;
  /** Token that it requires; empty if it requires none. */
  readonly token: string;
  readonly child: Child;
  readonly readyAfterMs: number;
  /** Stops it, and removes its data unless `keepData` is set. */
  stop(options?: { signal?: 'SIGKILL'; keepData?: boolean }): Promise<void>;
};

export type ServerOptions = {
  readonly core: number | undefined;
  /** Folder in which data folders are made; decides which disk is measured. */
  readonly parent?: string | undefined;
  /** Data folder of an earlier run. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder for a CPU profile, which is written when the service stops. */
  readonly profileTo?: string | undefined;
  /** Checkout that `reference` starts; `ours` then gets only the settings that both have. */
  readonly reference?: ReferenceBuild | undefined;
};

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const serviceMain = here('../../../service/main.ts');

export const serviceExists = (): boolean => existsSync(serviceMain);

/** Resolves when the server is ready. */
export async function startServer(kind: ServerKind, options: ServerOptions): Promise<Server> {
  const port = await freePort();
  const folder = options.folder ?? makeFolder(options.parent);
  const startedMs = performance.now();
  const child = startNode(commandOf(kind, port, folder, options), {
    folder,
    core: options.core,
    node: kind === 'reference' ? options.reference?.node : undefined,
    env: {
      ...(isService(kind) ? settingsOf(port, folder, options.reference) : {}),
      ...(kind === 'authenticated' ? { HEARTBEAT_AUTH_TOKENS: tokens } : {}),
      ...options.env,
    },
  });
  await waitUntilReady(child, `http://127.0.0.1:${port}/health/ready`);

  return {
    kind,
    port,
    token: kind === 'authenticated' ? token : '',
    child,
    readyAfterMs: performance.now() - startedMs,
    async stop({ signal, keepData = false } = {}) {
      await child.stop(signal);
      if (!keepData) removeFolder(folder);
    },
  };
}

const isService = (kind: ServerKind) => kind !== 'bare' && kind !== 'durable';

/** Restricted to components, so that the service checks the name in each heartbeat. */
const { token, hash } = createToken();
const components = ['iot-*', 'ge-*'];
const tokens = JSON.stringify([{ name: 'bench', hash, scopes: ['ingest'], components }]);

function commandOf(
  kind: ServerKind,
  port: number,
  folder: string,
  { profileTo, reference }: ServerOptions,
): string[] {
  const profiling =
    profileTo === undefined
      ? []
      : [
          '--cpu-prof',
          `--cpu-prof-dir=${kind === 'reference' ? join(profileTo, kind) : profileTo}`,
        ];
  switch (kind) {
    case 'bare':
      return [here('bare-server.ts'), String(port)];
    case 'durable':
      return [here('bare-server.ts'), String(port), folder];
    case 'ingest-only':
      return [...profiling, here('ingest-only-server.ts')];
    case 'ours':
    case 'authenticated':
    case 'watched':
      return [...profiling, serviceMain];
    case 'reference':
      if (!reference) throw new Error('a reference build is needed: --against FOLDER');
      return [...profiling, reference.main];
  }
}

/** Default settings, except a limit that a bench would reach within seconds. */
function settingsOf(
  port: number,
  folder: string,
  reference: ReferenceBuild | undefined,
): Record<string, string> {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const settings = {
    HEARTBEAT_HTTP_HOST: '127.0.0.1',
    HEARTBEAT_HTTP_PORT: String(port),
    HEARTBEAT_DATA_DIR: data,
    HEARTBEAT_OUTBOX_MAX_RECORDS: '1000000000',
  };
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => reference?.isSetting(name) ?? true),
  );
}

/** Polls every few milliseconds; throws after a minute, or if the process ends. */
async function waitUntilReady(child: Child, url: string): Promise<void> {
  const timeoutAtMs = performance.now() + 60_000;
  while (performance.now() < timeoutAtMs) {
    const ready = await fetch(url).then(
      (response) => response.arrayBuffer().then(() => response.ok),
      () => false,
    );
    if (ready) return;
    if (child.exited()) throw new Error(`a server ended during its start:\n${child.output()}`);
    await delay(5);
  }
  throw new Error(`a server is not ready after a minute:\n${child.output()}`);
}
