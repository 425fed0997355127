import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { findProgram } from '../support/programs.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { createScratch, describeShells, runProgram, script } from './run.ts';

const scratch = createScratch();
let receiver: Receiver;
let keys: string;
let next: string;
const files = new Map<string, string | Buffer>();

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });

beforeAll(async () => {
  receiver = await startReceiver();
  receiver.respond = ({ path }) => {
    const body = files.get(path);
    return body === undefined ? { status: 404 } : { status: 200, body };
  };
  keys = await scratch.folder();
  for (const name of ['pinned', 'other']) {
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${keys}/${name}.key`);
    openssl('ec', '-in', `${keys}/${name}.key`, '-pubout', '-out', `${keys}/${name}.pem`);
  }
  next = (await readFile(script, 'utf8')).replace(/^version=.*$/m, 'version=99.0.0');
});

afterAll(async () => {
  await receiver.close();
  await scratch.remove();
});

async function publish(text: string, { key = 'pinned', digestOf = text } = {}) {
  const file = join(await scratch.folder(), 'file');
  await writeFile(file, text);
  openssl('dgst', '-sha256', '-sign', `${keys}/${key}.key`, '-out', `${file}.sig`, file);
  files.clear();
  files.set('/emitter', text);
  const digest = createHash('sha256').update(digestOf).digest('hex');
  files.set('/emitter.sha256', `${digest}  emitter\n`);
  files.set('/emitter.sig', await readFile(`${file}.sig`));
}

describeShells('--update', ['curl', 'openssl'], (shell) => {
  async function install() {
    const folder = await scratch.folder();
    const file = join(folder, 'GE_Heartbeat.sh');
    await copyFile(script, file);
    await chmod(file, 0o755);
    const [program = '', ...args] = shell.split(' ');
    const run = (option: string, env: Record<string, string> = {}) =>
      runProgram(findProgram(program) ?? program, [...args, file, option], {
        env: {
          PATH: process.env['PATH'] ?? '',
          HEARTBEAT_UPDATE_URL: `${receiver.origin}/emitter`,
          HEARTBEAT_UPDATE_KEY: `${keys}/pinned.pem`,
          ...env,
        },
      });
    return { folder, file, run };
  }

  it('replaces the file by a newer one that is signed, and keeps the last one', async () => {
    const { folder, file, run } = await install();
    await publish(next);
    const updated = await run('--update');
    expect(updated).toMatchObject({ exitCode: 0, err: '' });
    expect(updated.out).toMatch(/^GE_Heartbeat\.sh: updated from \d+\.\d+\.\d+ to 99\.0\.0\n$/);
    expect(await readFile(file, 'utf8')).toBe(next);
    expect(await readFile(`${file}.previous`, 'utf8')).toBe(await readFile(script, 'utf8'));
    expect((await readdir(folder)).length).toBe(2);
    expect((await run('--version')).out).toBe('GE_Heartbeat.sh 99.0.0\n');
    expect(await run('--update')).toEqual({ exitCode: 0, out: '', err: '' });
  });

  const refusals: [string, () => Promise<void>, RegExp][] = [
    ['with another SHA-256', () => publish(next, { digestOf: 'x' }), /SHA-256/],
    ['signed by another key', () => publish(next, { key: 'other' }), /signature/],
    [
      'that was changed with its SHA-256',
      async () => {
        await publish(next);
        const signature = files.get('/emitter.sig') ?? '';
        await publish(`${next}\nid\n`);
        files.set('/emitter.sig', signature);
      },
      /signature/,
    ],
    ['that does not run', () => publish('#!/bin/sh\nif\n'), /does not run/],
    [
      'without a signature',
      async () => {
        await publish(next);
        files.delete('/emitter.sig');
      },
      /no http.*\.sig/,
    ],
  ];
  it.each(refusals)('leaves the file as it is for one %s', async (_title, prepare, message) => {
    const { folder, file, run } = await install();
    await prepare();
    const refused = await run('--update');
    expect(refused).toMatchObject({ exitCode: 1, out: '' });
    expect(refused.err).toMatch(message);
    expect(await readFile(file, 'utf8')).toBe(await readFile(script, 'utf8'));
    expect(await readdir(folder)).toEqual(['GE_Heartbeat.sh']);
  });

  it('never installs an older one, although it is signed', async () => {
    const { folder, run } = await install();
    await publish(next.replace('version=99.0.0', 'version=0.0.9'));
    expect(await run('--update')).toEqual({ exitCode: 0, out: '', err: '' });
    expect(await readdir(folder)).toEqual(['GE_Heartbeat.sh']);
  });

  it.each(['HEARTBEAT_UPDATE_URL', 'HEARTBEAT_UPDATE_KEY'])('is off without %s', async (name) => {
    const { run } = await install();
    const off = await run('--update', { [name]: '' });
    expect(off).toMatchObject({ exitCode: 2, out: '' });
    expect(off.err).toContain(name);
  });
});
