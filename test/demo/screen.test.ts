import { describe, expect, it } from '@jest/globals';
import type { Component } from '../../demo/fleet/components.ts';
import { frame } from '../../demo/screen/frame.ts';
import { sparkline } from '../../demo/screen/sparkline.ts';
import { entryLine, statusLine } from '../../demo/screen/status-line.ts';
import { painted, plain, span, wrapped } from '../../demo/screen/text.ts';
import { verdictLines } from '../../demo/screen/verdict-lines.ts';
import { guestsOf, pulseOf, type View } from '../../demo/screen/view.ts';
import { judge } from '../../demo/verdict.ts';
import { duration } from '../../demo/wording.ts';
import { accountOf } from './accounts.ts';

const orion: Component = {
  ...{ name: 'Orion', version: '3.10.1' },
  ...{ instances: 3, intervalSeconds: 1, protocol: 'single' },
};
const nowMs = Date.UTC(2026, 10, 20, 12, 0, 42);

const view: View = {
  nowMs,
  startedAtMs: nowMs - 42_000,
  phase: 'running',
  rows: [
    { component: orion, pulses: ['beating', 'active', 'silent'], accepted: 101, inMonasca: 67 },
    {
      component: { ...orion, name: 'Perseo', protocol: 'beat' },
      ...{ pulses: ['active'], accepted: 20, inMonasca: 20 },
    },
  ],
  guests: [],
  sight: {
    outbox: 34,
    outboxHistory: [0, 0, 17, 34],
    outboxPeak: 35,
    deadLetters: 0,
    monasca: { isUp: false, sinceMs: nowMs - 5_000, reason: 'unreachable' },
    keystone: { isUp: true },
    counts: [],
  },
  addresses: [{ label: 'Health', url: 'http://127.0.0.1:8080/health', remark: 'look' }],
  entries: [
    { atMs: nowMs, voice: 'incident', text: 'Monasca goes away' },
    { atMs: nowMs, voice: 'service', text: 'delivery fails' },
  ],
};

const usual = { columns: 80, rows: 40 };
const drawn = (given: Partial<View> = {}, size = usual) =>
  frame({ ...view, ...given }, size).map(plain);
const lineWith = (lines: readonly string[], text: string) =>
  lines.find((line) => line.includes(text)) ?? `no line with ${text}`;

describe('frame', () => {
  it('shows each component with its active instances and counts, and the sums', () => {
    const lines = drawn();
    expect(lineWith(lines, 'Orion')).toMatch(/^ Orion +3\.10\.1 +2 ●•· +one by one +101 +67$/);
    expect(lineWith(lines, 'Perseo')).toMatch(/1 • +\/beat, as of old +20 +20$/);
    expect(lineWith(lines, ' 121 ')).toMatch(/^ +3 +121 +87$/);
  });

  it('shows the backlog, and how long Monasca has been away', () => {
    const lines = drawn();
    expect(lineWith(lines, 'Outbox')).toMatch(/34 waiting +▁+▅█ +at most 35$/);
    expect(lineWith(lines, 'Delivery')).toContain('Monasca is away for 5 s, unreachable');
    const { sight } = view;
    const up = drawn({ sight: { ...sight, monasca: { isUp: true }, deadLetters: 2 } });
    expect(lineWith(up, 'Delivery')).toContain('Monasca takes them  2 dead letters');
    const noLogin = drawn({ sight: { ...sight, keystone: { isUp: false } } });
    expect(lineWith(noLogin, 'Delivery')).toContain('no login at Keystone');
  });

  it('says how long it runs and how it ends', () => {
    expect(drawn()[0]).toMatch(/GE Heartbeat +running 42 s {2}· {2}Ctrl-C ends it/);
    expect(drawn({ forSeconds: 90 })[0]).toContain('running 42 s of 1:30');
    expect(drawn({ phase: 'draining' })[0]).toContain('the outbox drains');
  });

  it('shows addresses and what happened', () => {
    const lines = drawn();
    expect(lineWith(lines, 'Health')).toContain('http://127.0.0.1:8080/health  look');
    expect(lines.at(-2)).toMatch(/\d\d:\d\d:\d\d {2}incident {2}Monasca goes away$/);
    expect(lines.at(-1)).toMatch(/service {3}delivery fails$/);
  });

  it('shows what others send', () => {
    const guests = ['1', '2', '3', '4', '5'].map((version) => ({
      ...{ name: 'Something very long', version, instances: 2, inMonasca: 7 },
    }));
    const lines = drawn({ guests });
    expect(lineWith(lines, 'Something')).toMatch(/^ Something v… 1 +2 in all +by you +– +7$/);
    expect(lineWith(lines, 'and 2 more')).toContain('components of yours');
  });

  it.each([1, 10, 24, 31, 32, 60])('has no more than %d lines', (rows) => {
    const entries = Array.from({ length: 50 }, () => ({ ...view.entries[0] })).map((entry) => ({
      ...{ atMs: nowMs, voice: 'demo' as const, text: 'long '.repeat(40) },
      ...entry,
    }));
    const lines = drawn({ entries }, { columns: 80, rows });
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('fits a usual terminal together with the latest entries', () => {
    const lines = drawn({}, { columns: 80, rows: 24 });
    expect(lines.at(-1)).toContain('delivery fails');
  });
});

describe('painted', () => {
  it('cuts what does not fit, and not the colours', () => {
    const line = ['ab', span('red', 'cdef'), span('green', 'gh')];
    expect(painted(line, 4)).toBe('ab\u001b[31mcd\u001b[39m');
    expect(plain(line)).toBe('abcdefgh');
  });
});

describe('wrapped', () => {
  it('breaks between words', () => {
    expect(wrapped('one two  three', 8)).toEqual(['one two', 'three']);
    expect(wrapped('overlong a b', 4)).toEqual(['overlong', 'a b']);
  });
});

describe('sparkline', () => {
  it('has a full bar for the highest value, and flat ones for nothing', () => {
    expect(sparkline([0, 50, 100], 5)).toBe('▁▁▁▅█');
    expect(sparkline([100, 0, 0], 2)).toBe('▁▁');
    expect(sparkline([], 3)).toBe('▁▁▁');
  });

  it('does not make much of a little', () => {
    expect(sparkline([0, 2], 2)).toBe('▁▂');
  });
});

describe('statusLine', () => {
  it('says it all in one line', () => {
    expect(statusLine(view)).toMatch(
      /status +3 instances active, 121 heartbeats accepted, 87 in Monasca, 34 in the outbox; Monasca is away$/,
    );
  });

  it('stands in the same columns as an entry', () => {
    const entry = entryLine({ atMs: nowMs, voice: 'demo', text: 'x' });
    expect(entry.indexOf('x')).toBe(statusLine(view).indexOf('3 instances'));
  });
});

describe('pulseOf', () => {
  const series = { name: 'Orion', version: '1', instance: 'a' };
  it.each([
    [0, false, 'beating'],
    [1_000, false, 'active'],
    [2_500, false, 'active'],
    [2_501, false, 'silent'],
    [0, true, 'silent'],
  ] as const)('after %d ms, goodbye %s: %s', (silentMs, hasSaidGoodbye, pulse) => {
    const account = accountOf(series, { lastAcceptedAtMs: 5_000, hasSaidGoodbye });
    expect(pulseOf(account, 5_000 + silentMs)).toBe(pulse);
  });
});

describe('guestsOf', () => {
  it('groups what is not of the deployment by component', () => {
    const count = (name: string, instance: string, heartbeats: number) => ({
      ...{ series: { name, version: '1', instance }, heartbeats },
    });
    const counts = [count('Mine', 'a', 2), count('Mine', 'b', 3)];
    const ours = { series: { name: 'Orion', version: '4.0.0', instance: 'x' }, heartbeats: 9 };
    expect(guestsOf({ ...view.sight, counts: [...counts, ours] })).toEqual([
      { name: 'Mine', version: '1', instances: 2, inMonasca: 5 },
    ]);
  });
});

describe('verdictLines', () => {
  const series = { name: 'Orion', version: '3.10.1', instance: 'a1' };
  const accounts = [accountOf(series, { accepted: [1_000, 2_000] })];
  const told = (found: number[], hasDrained = true) => {
    const verdict = judge(accounts, new Map([['Orion\n3.10.1\na1', new Set(found)]]), 1);
    return verdictLines({ verdict, hasDrained, outages: 1, outboxPeak: 12 }).map(plain);
  };

  it('says that all arrived', () => {
    const lines = told([1_000, 2_000]);
    expect(lines).toContain(
      '✓ 2 heartbeats accepted, 2 found in Monasca, 0 missing, 1 dead letter',
    );
    expect(lines).toContain('  Monasca was away once; at most 12 waited in the outbox.');
    expect(lineWith(lines, 'Orion')).toMatch(/3\.10\.1 +1 +2 +2$/);
  });

  it('says which are missing', () => {
    const lines = told([2_000]);
    expect(lineWith(lines, '✗')).toContain('2 heartbeats accepted, 1 found in Monasca, 1 missing');
    expect(lines).toContain('  missing: Orion 3.10.1, instance a1, 1970-01-01T00:00:01.000Z');
  });

  it('says that the outbox did not drain', () => {
    const lines = told([1_000, 2_000], false);
    expect(lineWith(lines, '✗')).toContain('0 missing');
    expect(lineWith(lines, 'outbox was not')).toContain('seen empty in time');
  });
});

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [59.9, '59 s'],
    [60, '1:00'],
    [3_723, '1:02:03'],
  ])('%d s is %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
