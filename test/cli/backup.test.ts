import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const cli = fileURLToPath(new URL('../../service/cli.ts', import.meta.url));

function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { env: {} }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

const names = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => `i-${from + n}`);

async function send(url: string, instances: readonly string[]): Promise<void> {
  const beats = instances.map((instance) => ({ name: 'Orion', version: '1.0', instance }));
  const answer = await fetch(`${url}/api/v1/heartbeats`, {
    method: 'POST',
    body: JSON.stringify(beats),
  });
  expect(answer.status).toBe(202);
}

async function known(url: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/v1/instances?limit=1000`);
  const { instances }: { instances: { instance: string }[] } = JSON.parse(await answer.text());
  return instances.map(({ instance }) => instance);
}

/** A data folder in which a service knew three instances, and a backup of it. */
async function saved() {
  const folder = temporaryFolder();
  const dataDir = join(folder, 'data');
  const service = await spawnService({ HEARTBEAT_DATA_DIR: dataDir });
  await send(service.url, names(0, 3));
  const backup = join(folder, 'backup.sqlite');
  expect(await run('backup', backup, '--data-dir', dataDir)).toMatchObject({ code: 0, err: '' });
  return { folder, dataDir, service, backup };
}

describe('ge-heartbeat backup', () => {
  it('has all that was acknowledged before it, from a service that goes on under load', async () => {
    const folder = temporaryFolder();
    const dataDir = join(folder, 'data');
    const service = await spawnService({ HEARTBEAT_DATA_DIR: dataDir });
    await send(service.url, names(0, 500));
    let isOver = false;
    const load = (async () => {
      for (let from = 1_000; !isOver; from += 5) await send(service.url, names(from % 1_200, 5));
    })();
    const backup = join(folder, 'backup.sqlite');
    const said = await run('backup', backup, '--data-dir', dataDir);
    isOver = true;
    await load;
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(said.out).toMatch(/backup\.sqlite: \d+\.\d MB, checked, in \d+\.\d s\.\n$/);
    await service.kill();

    const fresh = join(folder, 'restored');
    expect(await run('restore', backup, '--data-dir', fresh)).toMatchObject({ code: 0, err: '' });
    const successor = await spawnService({ HEARTBEAT_DATA_DIR: fresh });
    expect(await known(successor.url)).toEqual(expect.arrayContaining(names(0, 500)));
    await successor.kill();
  });

  it('does not overwrite a file unless it may, and leaves no half of one', async () => {
    const { folder, dataDir, service, backup } = await saved();
    const before = readFileSync(backup);
    const refused = await run('backup', backup, '--data-dir', dataDir);
    expect(refused).toMatchObject({ code: 73, out: '' });
    expect(refused.err).toMatch('exists already');
    expect(readFileSync(backup).equals(before)).toBe(true);
    expect(await run('backup', backup, '--data-dir', dataDir, '--replace')).toMatchObject({
      code: 0,
    });
    const nowhere = await run('backup', join(folder, 'no/such/folder'), '--data-dir', dataDir);
    expect(nowhere).toMatchObject({ code: 73, err: expect.stringMatching(/could not be written/) });
    expect(readdirSync(folder).toSorted()).toEqual(['backup.sqlite', 'data']);
    await service.kill();
  });

  it('says so where there is nothing to save', async () => {
    const said = await run('backup', join(temporaryFolder(), 'b'), '--data-dir', temporaryFolder());
    expect(said).toMatchObject({ code: 73, err: expect.stringMatching(/There is no data file/) });
  });
});

describe('ge-heartbeat restore', () => {
  it('refuses while a service uses the folder', async () => {
    const { dataDir, service, backup } = await saved();
    const refused = await run('restore', backup, '--data-dir', dataDir, '--replace');
    expect(refused).toMatchObject({ code: 73, err: expect.stringMatching(/in use by another/) });
    expect(await known(service.url)).toHaveLength(3);
    await service.kill();
  });

  it('goes back to the backup, and moves what was there aside', async () => {
    const { dataDir, service, backup } = await saved();
    await send(service.url, ['later']);
    await service.kill();
    const refused = await run('restore', backup, '--data-dir', dataDir);
    expect(refused).toMatchObject({ code: 73, err: expect.stringMatching(/--replace/) });
    const said = await run('restore', backup, '--data-dir', dataDir, '--replace');
    expect(said).toMatchObject({ code: 0, err: '' });
    const aside = /What was there is (.+)\.\n$/.exec(said.out)?.[1] ?? '';
    expect(existsSync(aside)).toBe(true);
    const back = await spawnService({ HEARTBEAT_DATA_DIR: dataDir });
    expect(await known(back.url)).toEqual(names(0, 3));
    await back.kill();

    // What was moved aside is whole: the last heartbeat is in it.
    const other = temporaryFolder();
    expect(await run('restore', aside, '--data-dir', other)).toMatchObject({ code: 0 });
    const forth = await spawnService({ HEARTBEAT_DATA_DIR: other });
    expect(await known(forth.url)).toContain('later');
    await forth.kill();
  });

  it('refuses what is damaged or no data file, and changes nothing', async () => {
    const { folder, service, backup } = await saved();
    await service.kill();
    const text = join(folder, 'text');
    writeFileSync(text, 'not a database, but long enough to look like one '.repeat(100));
    const cut = join(folder, 'cut');
    writeFileSync(cut, readFileSync(backup));
    truncateSync(cut, 20_000);
    for (const bad of [text, cut, join(folder, 'absent')]) {
      const target = join(folder, 'target');
      const said = await run('restore', bad, '--data-dir', target);
      expect(said).toMatchObject({ code: 73, out: '' });
      expect(existsSync(join(target, 'heartbeat.sqlite'))).toBe(false);
    }
  });
});
