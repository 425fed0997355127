import { cpuSeconds } from '../machine/process-stats.ts';
import { median } from '../report/median.ts';
import type { Server } from '../servers/server.ts';

/** What a question over HTTP took. */
export type Answered = {
  readonly ms: number;
  /** Of all threads of the service. */
  readonly cpuMs: number;
  readonly bytes: number;
};

/** Asks several times, and gives the medians; the first time, which starts the thread, is left out. */
export async function ask(server: Server, target: string, times: number): Promise<Answered> {
  const all: Answered[] = [];
  for (let time = 0; time <= times; time++) {
    const [beganMs, cpu] = [performance.now(), cpuSeconds(server.child.pid)];
    const answer = await fetch(`http://127.0.0.1:${server.port}/api/v1/${target}`);
    const { length: bytes } = await answer.text();
    if (!answer.ok) throw new Error(`${target} was answered with ${answer.status}`);
    const cpuMs = (cpuSeconds(server.child.pid) - cpu) * 1_000;
    if (time > 0) all.push({ ms: performance.now() - beganMs, cpuMs, bytes });
  }
  return {
    ms: median(all.map(({ ms }) => ms)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    bytes: median(all.map(({ bytes }) => bytes)),
  };
}

/** Asks again and again until it is told to end. */
export function keepAsking(server: Server, target: string): { end(): Promise<number> } {
  let isEnded = false;
  const asking = (async () => {
    let answers = 0;
    while (!isEnded) {
      const answer = await fetch(`http://127.0.0.1:${server.port}/api/v1/${target}`);
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${target} was answered with ${answer.status}: ${text}`);
      answers += 1;
    }
    return answers;
  })();
  return {
    end() {
      isEnded = true;
      return asking;
    },
  };
}
