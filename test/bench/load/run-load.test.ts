import { afterEach, describe, expect, it } from '@jest/globals';
import { type Server, type ServerKind, startServer } from '../servers/server.ts';
import { runLoad } from './run-load.ts';

const servers: Server[] = [];

const serve = async (kind: ServerKind) => {
  const server = await startServer(kind, { core: undefined });
  servers.push(server);
  return server;
};

afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

describe('runLoad', () => {
  it.each(['bare', 'durable'] as const)('measures the baseline: %s', async (kind) => {
    const mode = { kind: 'closed', warmupSeconds: 0.1, seconds: 0.3 } as const;
    const plan = { connections: 4, batch: 1, format: 'full', mode } as const;
    const result = await runLoad(plan, await serve(kind), undefined);
    expect(result.requests).toBeGreaterThan(0);
    expect(Object.keys(result.statuses)).toEqual(['204']);
    expect(result.p99Ms).toBeGreaterThanOrEqual(result.p50Ms);
    expect(result.serverPeakMb).toBeGreaterThan(1);
  });

  it('sends exactly the number of requests in the plan', async () => {
    const mode = { kind: 'count', requests: 7 } as const;
    const plan = { connections: 2, batch: 1_000, format: 'compact', mode } as const;
    const result = await runLoad(plan, await serve('durable'), undefined);
    expect(result.statuses).toEqual({ '204': 7 });
  });

  it('fails when the server ends', async () => {
    const server = await serve('bare');
    const mode = { kind: 'closed', warmupSeconds: 0.1, seconds: 20 } as const;
    const plan = { connections: 2, batch: 1, format: 'full', mode } as const;
    const load = runLoad(plan, server, undefined);
    setTimeout(() => server.stop({ signal: 'SIGKILL' }), 500);
    await expect(load).rejects.toThrow('bare: ');
  });
});
