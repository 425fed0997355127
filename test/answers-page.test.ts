import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Example, examplesOf, readDocument } from './support/documents.ts';
import { type LocalService, startService } from './support/service.ts';

const page = readDocument('docs/answers.md');
const examples = examplesOf(page).map((example) => ({
  ...example,
  title: example.script.split('\n')[0],
}));

let service: LocalService;
beforeAll(async () => {
  service = await startService();
  const orion = (instance: string) => ({ name: 'Orion', version: '3.10.1', instance });
  const answer = await fetch(`${service.url}/api/v1/heartbeats`, {
    method: 'POST',
    body: JSON.stringify([orion('orion-1'), orion('orion-2')]),
  });
  expect(answer.status).toBe(202);
});
afterAll(() => service.stop());

/** Runs the shell commands with the port of the service; curl prints the status of each response. */
function run(script: string): Promise<{ code: number; out: string; err: string }> {
  const before = `set -e; curl() { command curl -sS -w '%{stderr}%{http_code}\\n' "$@"; }\n`;
  const text = before + script.replaceAll('localhost:8080', new URL(service.url).host);
  return new Promise((resolve) => {
    execFile('sh', ['-c', text], (error, out, err) => {
      resolve({ code: error === null ? 0 : 1, out, err });
    });
  });
}

const timeless = (text: string): unknown =>
  JSON.parse(text, (key, value) => (key === 'time' ? key : value));

async function expectAsShown({ mark, script, answer }: Example): Promise<void> {
  const { code, out, err } = await run(script);
  expect({ code, statuses: err.trim().split(/\s+/) }).toEqual({
    code: 0,
    statuses: mark.match(/\d{3}/g),
  });
  expect(out).not.toBe('');
  if (answer !== undefined) expect(timeless(out)).toEqual(timeless(JSON.stringify(answer)));
}

describe('docs/answers.md', () => {
  it('runs every example that calls the service', () => {
    const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
    expect(blocks.length).toBe(examples.length);
    expect(blocks.length).toBeGreaterThan(6);
  });

  it.each(examples)('shows what is answered with $mark to $title', expectAsShown);
});
