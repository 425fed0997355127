import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { onCore } from './cores.ts';
import { type LoadPlan, type LoadResult, loadFailure, loadResult } from './load-plan.ts';
import type { Server } from './server.ts';

const worker = fileURLToPath(new URL('load.ts', import.meta.url));

/** Runs a load in its own process. Throws when an answer was not a 2xx, or not the one expected. */
export async function runLoad(
  plan: Omit<LoadPlan, 'port' | 'path' | 'token' | 'serverPid'>,
  server: Pick<Server, 'kind' | 'port' | 'child'> & { readonly token?: string },
  core: number | undefined,
): Promise<LoadResult> {
  const whole: LoadPlan = {
    ...plan,
    port: server.port,
    path: plan.form === 'hbtd' ? '/hmi/v1/heartbeat' : '/api/v1/heartbeats',
    token: server.token ?? '',
    serverPid: server.child.pid,
  };
  const text = await output(onCore(core, [process.execPath, worker, JSON.stringify(whole)]));
  const result = z.union([loadResult, loadFailure]).parse(JSON.parse(text));
  if ('failure' in result) {
    const statuses = JSON.stringify(result.statuses);
    throw new Error(
      `${server.kind}: ${result.failure}\nstatuses: ${statuses}\n${server.child.output()}`,
    );
  }
  return result;
}

function output([command = '', ...args]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
}
