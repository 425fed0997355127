import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from '@jest/globals';
import { describeWith } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

let group: ChildProcess | undefined;
afterEach(() => {
  if (group?.pid === undefined) return;
  try {
    process.kill(-group.pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
});

/** Starts the service through a program, ends the program, and returns the messages of the log. */
async function endByProgram(program: string, ...args: string[]): Promise<string[]> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(npm|HEARTBEAT|OS)_/i.test(name),
  );
  const env = {
    ...Object.fromEntries(inherited),
    HEARTBEAT_HTTP_PORT: '0',
    HEARTBEAT_DATA_DIR: temporaryFolder(),
  };
  const child = spawn(program, args, {
    cwd: root,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  group = child;
  // The output is open until the last process that can write to it has ended.
  const closed = once(child, 'close');
  const messages: string[] = [];
  await new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{')) return;
      const { msg } = JSON.parse(line);
      messages.push(msg);
      if (msg === 'listening') resolve();
    });
  });
  child.kill('SIGTERM');
  await closed;
  return messages;
}

describeWith(['npm', 'npx'], 'SIGTERM', () => {
  it.each([
    ['npm', 'start'],
    ['npx', '--offline', 'ge-heartbeat', 'serve'],
  ])('to %s %s stops the service in an orderly way', async (program, ...args) => {
    const messages = await endByProgram(program, ...args);
    expect(messages).toContain('stopping');
    expect(messages.at(-1)).toMatch(/^stopped/);
  });

  it.each(['start', 'demo', 'mock', 'receiver'])('reaches the program of npm run %s', (name) => {
    // The shell between npm and the program passes no signals on: the program takes its place.
    expect(scripts[name]).toMatch(/^exec node /);
  });
});
