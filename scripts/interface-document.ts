import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../service/app.ts';
import { loadConfig } from '../service/config/load.ts';
import { formatProblems } from '../service/config/problem.ts';
import { createLog } from '../service/runtime/log.ts';

/** Settings that enable everything that has operations. */
export const everything: Readonly<Record<string, string>> = {
  HEARTBEAT_PROFILES_GE_ENABLED: 'true',
  HEARTBEAT_METRICS_INSTANCES: 'true',
  HEARTBEAT_PROFILES_HERALD_ENABLED: 'true',
  HEARTBEAT_PROFILES_HERALD_PORT: '0',
  HEARTBEAT_MONASCA_PASS_THROUGH: 'true',
  // Nothing listens there: it is enough that Monasca is configured.
  OS_AUTH_URL: 'http://127.0.0.1:1/v3',
  OS_USERNAME: 'nobody',
  OS_PASSWORD: 'nothing',
  OS_PROJECT_NAME: 'nothing',
  OS_USER_DOMAIN_ID: 'default',
  OS_PROJECT_DOMAIN_ID: 'default',
  HEARTBEAT_STOP_DRAIN_SECONDS: '0',
};

let text: Promise<string> | undefined;

/**
 * docs/reference/openapi.json: the response of a service with everything enabled to `GET /openapi.json`, so the
 * file describes exactly what the service does.
 */
export function interfaceText(): Promise<string> {
  text ??= request();
  return text;
}

async function request(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'interface-'));
  const local = {
    HEARTBEAT_HTTP_HOST: '127.0.0.1',
    HEARTBEAT_HTTP_PORT: '0',
    HEARTBEAT_LOG_LEVEL: 'silent',
  };
  const env = { ...everything, ...local, HEARTBEAT_DATA_DIR: dataDir };
  const loaded = loadConfig({ env });
  if (loaded.kind === 'problems') throw new Error(formatProblems(loaded.problems));
  const app = await startApp(loaded.config, createLog('silent'));
  try {
    const response = await fetch(`${app.url}/openapi.json`, { headers: { connection: 'close' } });
    return await response.text();
  } finally {
    await app.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}
