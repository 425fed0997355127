import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type Child, freePort, makeFolder, startNode } from './child.ts';

/** Ports of the mock's Keystone and Monasca. */
export type OpenStack = { readonly keystonePort: number; readonly monascaPort: number };

const mockMain = fileURLToPath(new URL('../../../monasca-mock/main.ts', import.meta.url));

export const mockExists = (): boolean => existsSync(mockMain);

/** Chooses two free ports, on which nothing listens until the mock is started. */
export async function chooseOpenStack(): Promise<OpenStack> {
  return { keystonePort: await freePort(), monascaPort: await freePort() };
}

const user = { name: 'ge', password: 'ge-secret', domain: { id: 'default' } };
const project = { name: 'ge', domain: { id: 'default' } };

/** Environment variables with which the service finds the mock. */
export function openStackSettings({ keystonePort }: OpenStack): Record<string, string> {
  return {
    OS_AUTH_URL: `http://127.0.0.1:${keystonePort}/v3`,
    OS_USERNAME: user.name,
    OS_PASSWORD: user.password,
    OS_PROJECT_NAME: project.name,
    OS_USER_DOMAIN_ID: user.domain.id,
    OS_PROJECT_DOMAIN_ID: project.domain.id,
    OS_REGION_NAME: 'RegionOne',
  };
}

/** Starts the mock; resolves when it responds. */
export async function startMock(openStack: OpenStack, core: number | undefined): Promise<Child> {
  const { keystonePort, monascaPort } = openStack;
  const args = ['--keystone-port', String(keystonePort), '--monasca-port', String(monascaPort)];
  const child = startNode([mockMain, ...args], { folder: makeFolder(), core });
  for (let attempt = 0; attempt < 1_000 && !child.exited(); attempt++) {
    const response = await fetch(`http://127.0.0.1:${keystonePort}/v3`).catch(() => undefined);
    if (response?.ok) return child;
    await delay(20);
  }
  throw new Error(`the mock does not start:\n${child.output()}`);
}

const statistics = z.object({
  elements: z.array(z.object({ statistics: z.array(z.tuple([z.string(), z.number()])) })),
});

/** Number of measurements in Monasca, from its own API. */
export async function countMeasurements({ keystonePort, monascaPort }: OpenStack): Promise<number> {
  const login = await fetch(`http://127.0.0.1:${keystonePort}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: { identity: { methods: ['password'], password: { user } }, scope: { project } },
    }),
  });
  const query = new URLSearchParams({
    name: 'GE_Heartbeat',
    statistics: 'count',
    start_time: '2000-01-01T00:00:00Z',
    period: '0',
    merge_metrics: 'true',
  });
  const response = await fetch(`http://127.0.0.1:${monascaPort}/v2.0/metrics/statistics?${query}`, {
    headers: { 'x-auth-token': login.headers.get('x-subject-token') ?? '' },
  });
  const { elements } = statistics.parse(await response.json());
  return elements.flatMap((element) => element.statistics).reduce((sum, [, n]) => sum + n, 0);
}
