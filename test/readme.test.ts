import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../monasca-mock/mock.ts';
import { type Example, examplesOf, readDocument } from './support/documents.ts';
import { hbtdSettings } from './support/hbtd.ts';
import { openStackSettings } from './support/openstack-settings.ts';
import { drained } from './support/pipeline-state.ts';
import { describeWith } from './support/programs.ts';
import { type LocalService, type Settings, startService } from './support/service.ts';

const readme = readDocument('README.md');
const examples = examplesOf(readme);
const marked = (wanted: RegExp) => examples.filter(({ mark }) => wanted.test(mark));

let mock: Mock;
let service: LocalService;

beforeAll(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  service = await startService({ ...openStackSettings(mock.keystoneUrl), ...hbtdSettings });
});
afterAll(async () => {
  await service?.stop();
  await mock?.close();
});

type Run = { readonly code: number; readonly out: string; readonly err: string };

/** Runs shell text as it stands, but for the ports, and curl tells the status of each answer. */
function run(script: string, url: string, env: Settings = {}): Promise<Run> {
  const before = `set -e; curl() { command curl -sS -w '%{stderr}%{http_code}\\n' "$@"; }\n`;
  const text = script
    .replaceAll('localhost:8080', new URL(url).host)
    .replaceAll('localhost:28500', `127.0.0.1:${service.hbtdPort}`)
    .replaceAll('localhost:5000', new URL(mock.keystoneUrl).host);
  return new Promise((resolve) => {
    const options = { env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env } };
    execFile('sh', ['-c', before + text], options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, out, err });
    });
  });
}

async function expectAsShown({ mark, script, answer }: Example, url: string): Promise<void> {
  const { code, out, err } = await run(script, url);
  expect({ code, statuses: err.trim().split(/\s+/) }).toEqual({
    code: 0,
    statuses: mark.match(/\d{3}/g),
  });
  if (answer === undefined) return;
  // The answers of several calls follow each other without a line end; the last one is shown.
  const shown = timeless(JSON.stringify(answer));
  expect(timeless(out).slice(-shown.length)).toBe(shown);
}

/** What differs from run to run: times, ids of events, ages. */
const timeless = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
    .replaceAll(/"id":"[0-9A-Z]{26}"/g, '"id":""')
    .replaceAll(/"ageSeconds":[\d.]+/g, '"ageSeconds":0');

/** What the README exports before it starts the service. */
async function variables(): Promise<Settings> {
  const [start] = readme.match(/^export OS_AUTH_URL=http:\/\/localhost.*?[^\\]$/ms) ?? [];
  const { out } = await run(`${start}\nenv | grep ^OS_`, service.url);
  return Object.fromEntries(
    out
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  );
}

describe('the README', () => {
  it('has examples of every kind', () => {
    expect(marked(/^2/).length).toBeGreaterThan(5);
    expect(marked(/^400$/).length).toBeGreaterThan(0);
    expect(marked(/^503/).length).toBeGreaterThan(0);
    expect(marked(/^monasca$/)).toHaveLength(1);
  });

  it('marks every example that calls a service on this machine', () => {
    const blocks = [...readme.matchAll(/```sh\n(.*?)```/gs)].map(([, text = '']) => text);
    const calling = blocks.filter((text) => /localhost:(8080|28500)/.test(text));
    expect(calling.length).toBe(examples.length - marked(/^monasca$/).length);
  });

  it.each(
    marked(/^[\d ]+$/).map((example) => ({ ...example, title: example.script.split('\n')[0] })),
  )('shows what is answered with $mark to $title', (example) =>
    expectAsShown(example, service.url),
  );

  it('shows how events are followed', async () => {
    const [example] = marked(/^stream$/);
    // A stream has no end of its own; what was kept of the last hour comes at once.
    const script = example?.script.replace('curl -N', 'curl -N --max-time 3') ?? '';
    const { code, out, err } = await run(script, service.url);
    expect({ code, err }).toEqual({ code: 28, err: expect.stringMatching(/\b200\n/) });
    expect(out).toMatch(/^id: \w{26}\nevent: started\ndata: \{"specversion":"1\.0".*\}\n\n/m);
  });

  it('shows what is answered when the outbox is full', async () => {
    const full = await startService({
      ...openStackSettings('http://127.0.0.1:1/v3'),
      HEARTBEAT_HTTP_MAX_HEARTBEATS: '1',
      HEARTBEAT_OUTBOX_MAX_RECORDS: '1',
      HEARTBEAT_STOP_DRAIN_SECONDS: '0',
    });
    try {
      await run(marked(/^202$/)[0]?.script ?? '', full.url);
      for (const example of marked(/when the outbox is full$/)) {
        await expectAsShown(example, full.url);
      }
    } finally {
      await full.stop();
    }
  });

  it('tells all variables that the service needs', async () => {
    const told = await startService(await variables());
    await run(marked(/^202$/)[0]?.script ?? '', told.url);
    await drained(told.url);
    await told.stop();
  });
});

describeWith(['monasca'], 'the README, with the monasca command', () => {
  it('shows how a heartbeat is read back', async () => {
    for (const { script } of marked(/^200$/)) await run(script, service.url);
    await drained(service.url);
    const [example] = marked(/^monasca$/);
    const { code, out } = await run(example?.script ?? '', service.url, await variables());
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/GE_Heartbeat .* 1\.000/s),
    });
  });
});
