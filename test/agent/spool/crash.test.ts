import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { type Reaction, startTestServer } from '../../support/test-server.ts';

const program = fileURLToPath(new URL('append-records.ts', import.meta.url));
const rounds = Number(process.env['CRASH_ROUNDS'] ?? 10);

const start = (...args: string[]) =>
  spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });

const stored202: Reaction = { status: 202 };
const faults: readonly Reaction[] = ['hang', 'cut', { status: 503 }, stored202];

it(
  'delivers every written heartbeat in order, although it is killed again and again',
  async () => {
    const folder = temporaryFolder();
    const server = await startTestServer();
    let isFailing = false;
    /** Numbers that the service acknowledged, in the order of their first acknowledgement. */
    const stored = new Set<number>();
    server.react(({ body }) => {
      const fault = faults[Math.floor(Math.random() * faults.length)] ?? 'cut';
      const reaction = isFailing ? fault : stored202;
      if (reaction !== stored202) return reaction;
      for (const line of body.split('\n')) stored.add(Number(JSON.parse(line).timestamp));
      return reaction;
    });

    let written = 0;
    for (let round = 0; round < rounds; round += 1) {
      isFailing = round % 2 === 1;
      const child = start(folder, server.url);
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      await once(child.stdout, 'data');
      await delay(Math.random() * 400);
      child.kill('SIGKILL');
      await once(child, 'close');
      const last = text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1);
      written = Math.max(written, Number(last));
    }
    isFailing = false;
    const [code] = await once(start(folder, server.url, 'drain'), 'close');
    await server.stop();

    expect(code).toBe(0);
    expect(written).toBeGreaterThan(rounds * 7);
    const numbers = [...stored];
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    const lost = Array.from({ length: written }, (_, index) => index + 1).filter(
      (n) => !stored.has(n),
    );
    expect(lost).toEqual([]);
  },
  30_000 + rounds * 4_000,
);
