import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { nodeOutput } from '../servers/child.ts';
import type { Server } from '../servers/server.ts';
import { type LoadPlan, type LoadResult, loadFailure, loadResult } from './load-plan.ts';

const script = fileURLToPath(new URL('load.ts', import.meta.url));

/** Runs a load in its own process. Throws after a status other than 2xx, or a false receipt. */
export async function runLoad(
  plan: Omit<LoadPlan, 'port' | 'path' | 'token' | 'serverPid'>,
  server: Pick<Server, 'kind' | 'port' | 'child'> & { readonly token?: string },
  core: number | undefined,
): Promise<LoadResult> {
  const complete: LoadPlan = {
    ...plan,
    port: server.port,
    path: plan.format === 'hbtd' ? '/hmi/v1/heartbeat' : '/api/v1/heartbeats',
    token: server.token ?? '',
    serverPid: server.child.pid,
  };
  const text = await nodeOutput([script, JSON.stringify(complete)], core);
  const result = z.union([loadResult, loadFailure]).parse(JSON.parse(text));
  if ('failure' in result) {
    const statuses = JSON.stringify(result.statuses);
    throw new Error(
      `${server.kind}: ${result.failure}\nstatuses: ${statuses}\n${server.child.output()}`,
    );
  }
  return result;
}
