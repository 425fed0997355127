import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Mock, startMock } from '../monasca-mock/mock.ts';
import { loadConfig } from '../service/config/load.ts';
import { examplesOf, projectRoot, readDocument } from './support/documents.ts';
import { hbtdSettings } from './support/hbtd.ts';
import { openStackSettings } from './support/openstack-settings.ts';
import {
  callingBlocks,
  createShell,
  expectAsShown,
  type Shell,
  titled,
} from './support/page-examples.ts';
import { drained } from './support/pipeline-state.ts';
import { describeWith } from './support/programs.ts';
import { type LocalService, type Settings, startService } from './support/service.ts';
import { temporaryFolder } from './support/temporary-folder.ts';

const guide = (name: string) => `docs/guides/${name}.md`;
const pages = [
  'README.md',
  ...['getting-started', 'sending-heartbeats', 'liveness', 'operations'].map(guide),
];
const examples = (page: string, wanted: RegExp) =>
  examplesOf(readDocument(page)).filter(({ mark }) => wanted.test(mark));
const isCall = /^[\d ]+$/;

let mock: Mock;
let service: LocalService;
let shell: Shell;

const shellFor = (url: string) =>
  createShell({
    'localhost:8080': new URL(url).host,
    'localhost:28500': `127.0.0.1:${service.hbtdPort}`,
    'localhost:5000': new URL(mock.keystoneUrl).host,
  });

beforeAll(async () => {
  mock = await startMock({ keystonePort: 0, monascaPort: 0 });
  service = await startService({ ...openStackSettings(mock.keystoneUrl), ...hbtdSettings });
  shell = shellFor(service.url);
});
afterAll(async () => {
  await service?.stop();
  await mock?.close();
});

/** Variables that the guide exports before it starts the service. */
async function exportedVariables(): Promise<Settings> {
  const page = readDocument(guide('getting-started'));
  const [start] = page.match(/^export OS_AUTH_URL=http:\/\/localhost.*?[^\\]$/ms) ?? [];
  const { out } = await shell(`${start}\nenv | grep ^OS_`);
  return Object.fromEntries(
    out
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  );
}

describe.each(pages)('%s', (page) => {
  it('marks every example that calls a service on this machine', () => {
    const marked = examples(page, /^(?!monasca$)/);
    expect(marked.length).toBeGreaterThan(0);
    expect(callingBlocks(readDocument(page))).toHaveLength(marked.length);
  });

  it.each(titled(examples(page, isCall)))('shows the response with $mark to $title', (example) =>
    expectAsShown(example, shell),
  );
});

describe('the README', () => {
  it('shows one heartbeat and one query', () => {
    expect(examples('README.md', isCall).map(({ mark }) => mark)).toEqual(['202', '200']);
  });

  it('names folders that exist, and all rooms of the service', () => {
    const named = [...readDocument('README.md').matchAll(/^\| `([a-z/-]+)\/`/gm)].map(
      ([, folder = '']) => folder,
    );
    expect(named.filter((folder) => !existsSync(join(projectRoot, folder)))).toEqual([]);
    const rooms = readdirSync(join(projectRoot, 'service'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'cli')
      .map(({ name }) => `service/${name}`);
    expect(named).toEqual(expect.arrayContaining(rooms));
  });
});

describe('the guides', () => {
  it('show how events are followed', async () => {
    const [example] = examples(guide('liveness'), /^stream$/);
    // A stream has no end of its own; what was kept of the last hour is sent at once.
    const script = example?.script.replace('curl -N', 'curl -N --max-time 3') ?? '';
    const { code, out, err } = await shell(script);
    expect({ code, err }).toEqual({ code: 28, err: expect.stringMatching(/\b200\n/) });
    expect(out).toMatch(/^id: \w{26}\nevent: started\ndata: \{"specversion":"1\.0".*\}\n\n/m);
  });

  it('show the response when the outbox is full', async () => {
    const full = await startService({
      ...openStackSettings('http://127.0.0.1:1/v3'),
      HEARTBEAT_HTTP_MAX_HEARTBEATS: '1',
      HEARTBEAT_OUTBOX_MAX_RECORDS: '1',
      HEARTBEAT_STOP_DRAIN_SECONDS: '0',
    });
    const page = guide('sending-heartbeats');
    const whenFull = examples(page, /when the outbox is full$/);
    expect(whenFull).toHaveLength(1);
    try {
      await shellFor(full.url)(examples(page, /^202$/)[0]?.script ?? '');
      for (const example of whenFull) await expectAsShown(example, shellFor(full.url));
    } finally {
      await full.stop();
    }
  });

  it('show an invalid heartbeat', () => {
    expect(examples(guide('sending-heartbeats'), /^400$/)).toHaveLength(1);
  });

  it('export all variables that the service needs', async () => {
    const started = await startService(await exportedVariables());
    const [heartbeat] = examples(guide('getting-started'), /^202$/);
    await shellFor(started.url)(heartbeat?.script ?? '');
    await drained(started.url);
    await started.stop();
  });

  it('show settings that the service accepts', () => {
    const blocks = [...readDocument(guide('liveness')).matchAll(/```yaml\n(.*?)```/gs)];
    const file = join(temporaryFolder(), 'config.yaml');
    writeFileSync(file, blocks.map(([, text = '']) => text).join(''));
    expect(loadConfig({ env: { HEARTBEAT_CONFIG: file } })).toMatchObject({ kind: 'config' });
  });
});

describeWith(['monasca'], 'the guide to getting started, with the monasca command', () => {
  it('shows how a heartbeat is read from Monasca', async () => {
    const page = guide('getting-started');
    for (const { script } of examples(page, /^202$/)) await shell(script);
    await drained(service.url);
    const [example] = examples(page, /^monasca$/);
    const { code, out } = await shell(example?.script ?? '', await exportedVariables());
    expect({ code, out }).toEqual({
      code: 0,
      out: expect.stringMatching(/GE_Heartbeat .* 1\.000/s),
    });
  });
});
