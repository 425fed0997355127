import { execFile } from 'node:child_process';
import { expect } from '@jest/globals';
import type { Example } from './documents.ts';

export type ShellRun = { readonly code: number; readonly out: string; readonly err: string };

/** Runs shell text as a page shows it. */
export type Shell = (script: string, env?: Readonly<Record<string, string>>) => Promise<ShellRun>;

/**
 * A shell in which the addresses of a page lead to the test's servers (`hosts`: from `host:port` to
 * `host:port`), and curl prints the status of each response to standard error.
 */
export function createShell(hosts: Readonly<Record<string, string>>): Shell {
  const before = `set -e; curl() { command curl -sS -w '%{stderr}%{http_code}\\n' "$@"; }\n`;
  return (script, env = {}) => {
    const text = Object.entries(hosts).reduce(
      (text, [from, to]) => text.replaceAll(from, to),
      script,
    );
    return new Promise((resolve) => {
      const options = { env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env } };
      execFile('sh', ['-c', before + text], options, (error, out, err) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, out, err });
      });
    });
  };
}

/** Expects the statuses of an example, and the response that the page shows for its last call. */
export async function expectAsShown({ mark, script, answer }: Example, shell: Shell) {
  const { code, out, err } = await shell(script);
  const statuses = mark.match(/\d{3}/g) ?? [];
  expect({ code, statuses: err.trim().split(/\s+/) }).toEqual({ code: 0, statuses });
  if (answer === undefined) return;
  const shown = timeless(JSON.stringify(answer));
  // The responses of several calls follow each other without a line end; the page shows the last.
  const last = statuses.length === 1 ? out.trim() : out;
  expect(timeless(last).slice(statuses.length === 1 ? 0 : -shown.length)).toBe(shown);
}

/** Replaces what differs from run to run: times, ids, ages. */
const timeless = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
    .replaceAll(/"id":"[0-9A-Z]{26}"/g, '"id":""')
    .replaceAll(/"ageSeconds":[\d.]+/g, '"ageSeconds":0');

/** Blocks of shell that call a service on this machine, marked or not. */
export const callingBlocks = (markdown: string): string[] =>
  [...markdown.matchAll(/```sh\n(.*?)```/gs)]
    .map(([, text = '']) => text)
    .filter((text) => /localhost:(?:8080|28500)/.test(text));

/** With the first line of the script, for the title of a test. */
export const titled = (examples: readonly Example[]) =>
  examples.map((example) => ({ ...example, title: example.script.split('\n')[0] }));
