import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { createControlApp } from './control.ts';
import { playFault } from './fault-player.ts';
import { createFaults, type Fault } from './faults.ts';
import { createKeystoneApp } from './keystone/app.ts';
import { createTokenValidator } from './keystone/bearers.ts';
import { defaultSettings, type Keystone, type Settings } from './keystone/keystone.ts';
import { bootstrap, pointCatalogTo, seedMonasca } from './keystone/seed.ts';
import { openState } from './keystone/store/state.ts';
import { type Listener, listen } from './listener.ts';
import { createMonascaApp } from './monasca/app.ts';
import { recordedDefects } from './monasca/defects.ts';
import { createRequestLog, type LoggedRequest, type ServiceName } from './requests.ts';

export type MockOptions = {
  host?: string;
  /** Name of the host in the catalog; by default the host, or `localhost` for a wildcard. */
  publicHost?: string;
  /** 0 takes any free port. */
  keystonePort?: number;
  monascaPort?: number;
  /** Database file; by default everything is in memory. */
  databaseFile?: string;
  /** `bootstrap` starts with a new Keystone: only admin, and no Monasca in the catalog. */
  accounts?: 'seeded' | 'bootstrap';
  settings?: Partial<Settings>;
  /** Clock in epoch milliseconds. */
  now?: () => number;
};

export type Mock = {
  /** Value of `OS_AUTH_URL`; ends in `/v3`. */
  keystoneUrl: string;
  /** Address in the catalog; ends in `/v2.0`. */
  monascaUrl: string;
  close(): Promise<void>;
};

type Handle = (request: IncomingMessage, response: ServerResponse) => unknown;

const wildcards = ['0.0.0.0', '::', ''];

/**
 * Keystone and Monasca, each on its port, over one database. Rejects with the error of the system
 * when a port or the file cannot be opened.
 */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const host = options.host ?? '127.0.0.1';
  const database = new DatabaseSync(options.databaseFile ?? ':memory:');
  // A container with a read-only root file system has no folder for temporary files.
  database.exec('PRAGMA temp_store = MEMORY');
  const listeners = new Map<ServiceName, Listener>();
  const close = async () => {
    for (const listener of listeners.values()) await listener.close();
    if (database.isOpen) database.close();
  };
  try {
    const keystone = openKeystone(database, options);
    const publicHost = options.publicHost ?? (wildcards.includes(host) ? 'localhost' : host);
    const addressOf = (service: ServiceName) =>
      `http://${publicHost}:${listeners.get(service)?.port ?? 0}`;
    const handlers = createHandlers(database, keystone, listeners, addressOf);
    listeners.set('keystone', await listen(handlers.keystone, host, options.keystonePort ?? 5000));
    listeners.set('monasca', await listen(handlers.monasca, host, options.monascaPort ?? 8070));
    const keystoneUrl = `${addressOf('keystone')}/v3`;
    const monascaUrl = `${addressOf('monasca')}/v2.0`;
    pointCatalogTo(keystone.state, { keystone: keystoneUrl, monasca: monascaUrl });
    return { keystoneUrl, monascaUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function openKeystone(database: DatabaseSync, options: MockOptions): Keystone {
  const state = openState(database);
  bootstrap(state);
  if (options.accounts !== 'bootstrap') seedMonasca(state);
  const settings = { ...defaultSettings, ...options.settings };
  return { state, settings, failures: new Map(), now: options.now ?? Date.now };
}

/**
 * The handlers of the two ports:
 *
 *   request ─▶ /mock? ─▶ remote control
 *         └──▶ log ─▶ fault? ─▶ played ─▶ Keystone or Monasca
 */
function createHandlers(
  database: DatabaseSync,
  keystone: Keystone,
  listeners: ReadonlyMap<ServiceName, Listener>,
  addressOf: (service: ServiceName) => string,
): Record<ServiceName, Handle> {
  const { now } = keystone;
  const faults = createFaults(now);
  const requests = createRequestLog(now);
  const defects = recordedDefects();
  // The log entry of the request that a posted metric belongs to.
  const current = new AsyncLocalStorage<LoggedRequest>();
  const monasca = createMonascaApp({
    database,
    validateToken: createTokenValidator(keystone),
    keystoneUrl: () => addressOf('keystone'),
    now,
    defects,
    rejects: (metric) => {
      const entry = current.getStore();
      if (entry) entry.metrics = (entry.metrics ?? 0) + 1;
      const fault = faults.onMetric(metric);
      if (fault && entry) entry.fault = fault.id;
      return fault !== undefined;
    },
  });
  const refuse = ({ service: named, seconds = 0 }: Fault) => {
    for (const [service, listener] of listeners) {
      if (named === 'both' || named === service) listener.refuse(seconds * 1000);
    }
  };
  const control = createControlApp({ keystone, defects, faults, requests, refuse }).callback();

  const handlerOf = (service: ServiceName, handle: Handle): Handle => {
    return (request, response) => {
      const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
      if (path === '/mock' || path.startsWith('/mock/')) return control(request, response);
      const entry = requests.begin(service, request, response);
      const proceed = () => void current.run(entry, () => handle(request, response));
      const fault = faults.onRequest(service, request.method ?? '', path);
      if (fault === undefined) return proceed();
      entry.fault = fault.id;
      const keystoneUrl = addressOf('keystone') + (service === 'keystone' ? '/v3' : '');
      return playFault(fault, service, keystoneUrl, request, response, proceed);
    };
  };
  return {
    keystone: handlerOf('keystone', createKeystoneApp(keystone).callback()),
    monasca: handlerOf('monasca', monasca.callback()),
  };
}
