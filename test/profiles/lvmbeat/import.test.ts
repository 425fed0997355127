import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from '../../../service/config/load.ts';
import { importLvmbeat } from '../../../service/profiles/lvmbeat/import.ts';
import { runCli } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const original = `
actor:
  name: lvmbeat
  host: 10.8.38.21
  port: 5672
  log_dir: /data/logs/lvmbeat
timeout: 30
outside_monitor:
  url: https://lvmbeat.example.org/a//
  interval: 15
  send_email_after: 300
heartbeats:
  - name: overwatcher
  - name: agcam
    critical: true
  - name: guider
    critical: false
`;

describe('importLvmbeat', () => {
  it('makes settings of a configuration file of lvmbeat, which the service accepts', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'config.yaml'), original);
    const { code, out, err } = await runCli(
      ['config', 'import', 'lvmbeat', join(folder, 'config.yaml')],
      {},
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const file = join(folder, 'heartbeat.yaml');
    writeFileSync(file, out);
    const loaded = loadConfig({ env: {}, file });
    if (loaded.kind === 'problems') throw new Error(JSON.stringify(loaded.problems));
    const { profiles, relays } = loaded.config;
    expect(profiles.lvmbeat).toMatchObject({
      enabled: true,
      sendEmailAfterSeconds: 300,
      timeoutSeconds: 30,
      amqp: { url: 'amqp://10.8.38.21:5672', actor: 'lvmbeat', exchange: 'sdss_exchange' },
      heartbeats: [
        { name: 'overwatcher', critical: true },
        { name: 'agcam', critical: true },
        { name: 'guider', critical: false },
      ],
    });
    expect(relays).toMatchObject([
      {
        name: 'ecp',
        mode: 'on-arrival',
        cutoff: 10,
        sources: [
          { name: 'overwatcher', version: 'lvmbeat', within: 30, critical: true },
          { name: 'agcam', critical: true },
          { name: 'guider', critical: false },
        ],
        conditions: [{ name: 'internet' }, { name: 'lco' }],
        target: { type: 'amqp', actor: 'lvmecp', command: 'heartbeat' },
      },
      { name: 'outside', mode: 'steady', interval: 15, target: { type: 'http', method: 'GET' } },
    ]);
    const [, outside] = relays;
    const url = outside?.target.type === 'http' ? outside.target.url.reveal() : '';
    expect(url).toBe('https://lvmbeat.example.org/a/heartbeat');
  });

  it('has the defaults of lvmbeat for an empty file, and no relay without heartbeats', () => {
    const imported = importLvmbeat(undefined);
    expect(imported.kind === 'config' && parse(imported.yaml)).toMatchObject({
      profiles: { lvmbeat: { timeoutSeconds: 30, amqp: { url: 'amqp://localhost:5672' } } },
      relays: [],
    });
  });

  it('names what is wrong in a file', async () => {
    expect(importLvmbeat({ timeout: 'soon', heartbeats: [{}] })).toEqual({
      kind: 'problems',
      problems: [
        expect.stringMatching(/^timeout: /),
        expect.stringMatching(/^heartbeats\.0\.name: /),
      ],
    });
    expect(await runCli(['config', 'import', 'lvmbeat', '/nonexistent'], {})).toMatchObject({
      code: 78,
      err: expect.stringContaining('/nonexistent cannot be read'),
    });
  });
});
