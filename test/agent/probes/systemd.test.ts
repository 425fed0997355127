import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { runProbe } from '../../../service/agent/probes/probe.ts';
import { createSystemdProbe, unitResult } from '../../../service/agent/probes/systemd.ts';
import { describeWith } from '../../support/programs.ts';

const ended = (output: string, code = 0) => unitResult({ kind: 'ended', code, output });

describe('unitResult', () => {
  // As printed by systemd 252 for units in these states.
  it.each([
    ['LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\n', { kind: 'ok' }],
    ['LoadState=loaded\nActiveState=reloading\nSubState=reload\nResult=success\n', { kind: 'ok' }],
    [
      'ActiveState=inactive\nLoadState=loaded\nSubState=dead\nResult=success\n',
      { kind: 'not_ok', message: 'inactive (dead)' },
    ],
    [
      'LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\n',
      { kind: 'not_ok', message: 'failed (failed, exit-code)' },
    ],
    [
      'LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nResult=signal\n',
      { kind: 'not_ok', message: 'activating (auto-restart, signal)' },
    ],
    [
      'LoadState=not-found\nActiveState=inactive\nSubState=dead\n',
      { kind: 'not_ok', message: 'no such unit' },
    ],
    ['', { kind: 'unknown', message: 'systemctl: no state' }],
  ])('reads %j', (output, expected) => {
    expect(ended(output)).toEqual(expected);
  });
});

describeWith(['systemctl'], 'createSystemdProbe', () => {
  const isBooted =
    spawnSync('systemctl', ['is-system-running']).stdout.toString().trim() !== 'offline';
  const check = (unit: string) =>
    runProbe(createSystemdProbe({ unit }), {
      timeoutMs: 10_000,
      late: 'unknown',
      signal: new AbortController().signal,
    });

  it('reads the states of units, or reports that systemd does not run', async () => {
    const [there, absent] = [await check('sysinit.target'), await check('no-such.service')];
    if (isBooted) {
      expect(there).toEqual({ kind: 'ok' });
      expect(absent).toEqual({ kind: 'not_ok', message: 'no such unit' });
    } else {
      expect(there).toEqual({ kind: 'unknown', message: expect.stringContaining('systemctl: ') });
      expect(absent.kind).toBe('unknown');
    }
  }, 30_000);
});
