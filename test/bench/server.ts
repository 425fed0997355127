import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createToken } from '../../service/contract/access/token.ts';
import { type Child, freePort, makeFolder, removeFolder, startNode } from './child.ts';
import type { ReferenceBuild } from './reference-build.ts';

/**
 * `bare` and `durable` are the two baselines of `bare-server.ts`, `ours` is the service, and
 * `unwatched` the service without the half that looks for silence, and `guarded` the service that
 * asks for a token. `reference` is the service of another checkout, started as `ours` is.
 */
export const serverKinds = [
  'bare',
  'durable',
  'unwatched',
  'ours',
  'guarded',
  'reference',
] as const;
export type ServerKind = (typeof serverKinds)[number];
export const usualServers: readonly ServerKind[] = ['bare', 'durable', 'ours'];

export type Server = {
  readonly kind: ServerKind;
  readonly port: number;
  /** What it asks for; empty where it asks for none. */
  readonly token: string;
  readonly child: Child;
  readonly readyAfterMs: number;
  /** Stops it; its data are removed unless they are to be used again. */
  stop(options?: { signal?: 'SIGKILL'; keepData?: boolean }): Promise<void>;
};

export type ServerOptions = {
  readonly core: number | undefined;
  /** Where data folders are made; the disk that is measured. */
  readonly parent?: string | undefined;
  /** A data folder that an earlier run left. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Where to write a CPU profile when the service stops. */
  readonly profileTo?: string | undefined;
  /** Checkout that `reference` starts; `ours` gets no setting then that it does not have. */
  readonly reference?: ReferenceBuild | undefined;
};

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const serviceMain = here('../../service/main.ts');

export const serviceExists = (): boolean => existsSync(serviceMain);

/** Resolves when the server answers that it is ready. */
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
      ...(kind === 'guarded' ? { HEARTBEAT_AUTH_TOKENS: guard } : {}),
      ...options.env,
    },
  });
  await untilReady(child, `http://127.0.0.1:${port}/health/ready`);

  return {
    kind,
    port,
    token: kind === 'guarded' ? token : '',
    child,
    readyAfterMs: performance.now() - startedMs,
    async stop({ signal, keepData = false } = {}) {
      await child.stop(signal);
      if (!keepData) removeFolder(folder);
    },
  };
}

const isService = (kind: ServerKind) => kind !== 'bare' && kind !== 'durable';

/** Bound to components, as a careful operator makes it: that costs a look at each heartbeat. */
const { token, hash } = createToken();
const components = ['iot-*', 'ge-*'];
const guard = JSON.stringify([{ name: 'bench', hash, scopes: ['ingest'], components }]);

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
    case 'unwatched':
      return [...profiling, here('unwatched-server.ts')];
    case 'ours':
    case 'guarded':
      return [...profiling, serviceMain];
    case 'reference':
      if (!reference) throw new Error('a reference build is needed: --against FOLDER');
      return [...profiling, reference.main];
  }
}

/** Everything as delivered, but for a limit that a bench would run into within seconds. */
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

/** Asks every few milliseconds; gives up after a minute, or when the process ends. */
async function untilReady(child: Child, url: string): Promise<void> {
  const giveUpMs = performance.now() + 60_000;
  while (performance.now() < giveUpMs) {
    const ready = await fetch(url).then(
      (answer) => answer.arrayBuffer().then(() => answer.ok),
      () => false,
    );
    if (ready) return;
    if (child.exited()) throw new Error(`a server ended at its start:\n${child.output()}`);
    await delay(5);
  }
  throw new Error(`a server does not get ready:\n${child.output()}`);
}
