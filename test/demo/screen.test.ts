import { describe, expect, it } from '@jest/globals';
import type { Component } from '../../demo/fleet/components.ts';
import { frame } from '../../demo/screen/frame.ts';
import { sparkline } from '../../demo/screen/sparkline.ts';
import { entryLine, statusLine } from '../../demo/screen/status-line.ts';
import { painted, plain, span, wrapped } from '../../demo/screen/text.ts';
import { verdictLines } from '../../demo/screen/verdict-lines.ts';
import { guestsOf, pulsesOf, type View } from '../../demo/screen/view.ts';
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
    { component: orion, pulses: ['beating', 'late', 'down'], accepted: 101, inMonasca: 67 },
    {
      component: { ...orion, name: 'Perseo', protocol: 'beat' },
      ...{ pulses: ['up'], accepted: 20, inMonasca: 20 },
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
    instances: [],
    counts: [],
  },
  lastPingAtMs: nowMs - 400,
  addresses: [
    { label: 'Health', url: 'http://127.0.0.1:8080/health', remark: 'look' },
    { label: 'Logs', url: '/somewhere', isSpare: true },
  ],
  entries: [
    { atMs: nowMs, voice: 'incident', text: 'Monasca goes away' },
    { atMs: nowMs, voice: 'down', text: 'Orion 3.10.1 1f2e: No heartbeat for 4.1 s' },
    { atMs: nowMs, voice: 'service', text: 'delivery fails' },
  ],
};

const usual = { columns: 80, rows: 40 };
const drawn = (given: Partial<View> = {}, size = usual) =>
  frame({ ...view, ...given }, size).map(plain);
const lineWith = (lines: readonly string[], text: string) =>
  lines.find((line) => line.includes(text)) ?? `no line with ${text}`;

describe('frame', () => {
  it('shows each component with its instances by state and its counts, and the sums', () => {
    const lines = drawn();
    expect(lineWith(lines, 'Orion')).toMatch(/^ Orion +3\.10\.1 +●◌× +1 +1 +1 +single +101 +67$/);
    expect(lineWith(lines, 'Perseo')).toMatch(/ • +1 +0 +0 +\/beat +20 +20$/);
    expect(lineWith(lines, ' 121 ')).toMatch(/^ +2 +1 +1 +121 +87$/);
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

  it('shows when the service last looked for silence', () => {
    expect(lineWith(drawn(), 'Self-watch')).toContain('looked for silence 0.4 s ago');
    expect(lineWith(drawn({ lastPingAtMs: undefined }), 'Self-watch')).toContain(
      'not reported yet',
    );
    const [row] = frame({ ...view, lastPingAtMs: nowMs - 5_001 }, usual).filter((line) =>
      plain(line).includes('Self-watch'),
    );
    expect(row?.at(-1)).toMatchObject({ style: 'red' });
  });

  it('leaves out what can be spared where there is little room', () => {
    expect(lineWith(drawn(), 'Logs')).toContain('/somewhere');
    expect(drawn({}, { columns: 80, rows: 24 }).join()).not.toContain('Logs');
  });

  it('says how long it runs and how it ends', () => {
    expect(drawn()[0]).toMatch(/GE Heartbeat +running 42 s {2}· {2}Ctrl-C ends it/);
    expect(drawn({ forSeconds: 90 })[0]).toContain('running 42 s of 1:30');
    expect(drawn({ phase: 'draining' })[0]).toContain('the outbox drains');
  });

  it('shows addresses and what happened', () => {
    const lines = drawn();
    expect(lineWith(lines, 'Health')).toContain('http://127.0.0.1:8080/health  look');
    expect(lines.at(-3)).toMatch(/\d\d:\d\d:\d\d {2}incident {2}Monasca goes away$/);
    expect(lines.at(-2)).toMatch(/ {2}down {6}Orion 3\.10\.1 1f2e: No heartbeat for 4\.1 s$/);
    expect(lines.at(-1)).toMatch(/service {3}delivery fails$/);
  });

  it('shows what others send', () => {
    const guests = ['1', '2', '3', '4', '5'].map((version) => ({
      ...{ name: 'Something very long', version, pulses: ['late'] as const, inMonasca: 7 },
    }));
    const lines = drawn({ guests });
    expect(lineWith(lines, 'Something')).toMatch(/^ Something v… 1 +◌ +0 +1 +0 +by you +– +7$/);
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
      /status +2 up, 1 late, 1 down; 121 heartbeats accepted, 87 in Monasca, 34 in the outbox; Monasca is away$/,
    );
  });

  it('stands in the same columns as an entry', () => {
    const entry = entryLine({ atMs: nowMs, voice: 'demo', text: 'x' });
    expect(entry.indexOf('x')).toBe(statusLine(view).indexOf('2 up'));
  });
});

const series = { name: 'Orion', version: '4.0.0', instance: 'x' };

describe('pulsesOf', () => {
  it.each([
    ['up', 349, ['beating']],
    ['up', 350, ['up']],
    ['late', 0, ['late']],
    ['down', 9_000, ['down']],
    ['retired', 0, []],
  ] as const)('shows one that is %s, %d ms after its beat, as %j', (state, agoMs, pulses) => {
    expect(pulsesOf([{ series, state }], () => nowMs - agoMs, nowMs)).toEqual(pulses);
  });
});

describe('guestsOf', () => {
  it('groups what is not of the deployment by component', () => {
    const mine = (instance: string) => ({ name: 'Mine', version: '1', instance });
    const sight = {
      ...view.sight,
      counts: [
        { series: mine('a'), heartbeats: 2 },
        { series: mine('b'), heartbeats: 3 },
        { series, heartbeats: 9 },
      ],
      instances: [
        { series: mine('a'), state: 'up' as const },
        { series: mine('c'), state: 'down' as const },
        { series, state: 'up' as const },
      ],
    };
    expect(guestsOf(sight)).toEqual([
      { name: 'Mine', version: '1', pulses: ['up', 'down'], inMonasca: 5 },
    ]);
  });
});

describe('verdictLines', () => {
  const series = { name: 'Orion', version: '3.10.1', instance: 'a1' };
  const accounts = [accountOf(series, { accepted: [1_000, 2_000] })];
  const told = (found: number[], hasDrained = true) => {
    const verdict = judge(accounts, new Map([['Orion\n3.10.1\na1', new Set(found)]]), 1);
    const told = [['started', 2] as const, ['down', 1] as const];
    const receipts = { signed: 3, refused: 0, again: 1, missing: 0, silenced: 2 };
    const outcome = { verdict, hasDrained, outages: 1, outboxPeak: 12, told, receipts };
    return verdictLines(outcome).map(plain);
  };

  it('says that all arrived', () => {
    const lines = told([1_000, 2_000]);
    expect(lines).toContain(
      '✓ 2 heartbeats accepted, 2 found in Monasca, 0 missing, 1 dead letter',
    );
    expect(lines).toContain('  Monasca was away once; at most 12 waited in the outbox.');
    expect(lines).toContain('  The service told: 2 started, 1 down.');
    expect(lines).toContain(
      '  The receiver got 3 events, signed; 0 missing, 1 came twice, 2 silenced.',
    );
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
