import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { describeWith } from './programs.ts';
import { startCloud } from './real-cloud.ts';
import { keystonePrograms } from './real-keystone.ts';
import { createStarter } from './starter.ts';
import { until } from './until.ts';

describe('createStarter', () => {
  it('stops what it has started', async () => {
    let stops = 0;
    const starter = createStarter(async () => ({
      async stop() {
        stops += 1;
      },
    }));
    await starter.start();
    await starter.stop();
    expect(stops).toBe(1);
  });

  it('abandons a start that is under way, and waits until it has ended', async () => {
    let hasEnded = false;
    const starter = createStarter<{ stop(): Promise<void> }>(async (abandoned) => {
      await once(abandoned, 'abort');
      await delay(20);
      hasEnded = true;
      throw new Error('abandoned');
    });
    const started = starter.start().catch((error: Error) => error.message);
    await starter.stop();
    expect([hasEnded, await started]).toEqual([true, 'abandoned']);
  });

  it('stops what comes to be in spite of that', async () => {
    let stops = 0;
    const starter = createStarter(async () => {
      await delay(20);
      return {
        async stop() {
          stops += 1;
        },
      };
    });
    void starter.start();
    await starter.stop();
    expect(stops).toBe(1);
  });
});

const folders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('real-keystone-'));
const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};
const processesOf = (folder: string) =>
  readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandLine(pid).includes(folder));

describeWith(keystonePrograms, 'startCloud', () => {
  it.each([
    ['prepares its folder', 'keystone-manage'],
    ['waits for the server', 'uwsgi'],
  ])(
    'leaves no process and no folder when it is stopped while it %s',
    async (_, program) => {
      const before = new Set(folders());
      const starter = createStarter((abandoned) =>
        startCloud({ tokenSeconds: 600, lockoutSeconds: 5 }, abandoned),
      );
      const started = starter.start().then(
        () => 'started',
        () => 'abandoned',
      );
      const mine = () => folders().filter((name) => !before.has(name));
      const isRunning = () => mine().flatMap(processesOf).map(commandLine).join().includes(program);
      let folder = '';
      try {
        await until(isRunning, { withinMs: 100_000 });
        [folder = ''] = mine();
      } finally {
        await starter.stop();
      }
      expect([await started, folders().includes(folder), processesOf(folder)]).toEqual([
        'abandoned',
        false,
        [],
      ]);
    },
    120_000,
  );
});
