import { describe, expect, it } from '@jest/globals';
import type { LivenessEvent } from '../../../service/contract/event.ts';
import { changeOf, changes } from '../../../service/notify/state-manager/changes.ts';
import { telemetryMessage } from '../../../service/notify/state-manager/telemetry.ts';
import { anEvent } from '../../support/events.ts';

const subject = { name: 'Node', version: 'hbtd', instance: 'x0c0s0b0n0' };

/** What hbtd says, word for word: to the State Manager, and on its telemetry bus. */
const words = {
  started: ['Ready', 'OK', 'Heartbeat started', 'Heartbeat started.'],
  restarted: ['Ready', 'OK', 'Heartbeat restarted', 'Heartbeat re-started.'],
  warned: [
    'Ready',
    'Warning',
    'Heartbeat stopped -- might be dead',
    'Heartbeat stopped, node may be dead.',
  ],
  dead: [
    'Standby',
    'Alert',
    'Heartbeat stopped -- declared dead',
    'Heartbeat stopped, node is dead.',
  ],
};

const cases: [string, Partial<LivenessEvent>, keyof typeof words][] = [
  ['the first heartbeat', { kind: 'started', state: 'up' }, 'started'],
  [
    'a heartbeat after a warning',
    { kind: 'recovered', state: 'up', previous: 'late' },
    'restarted',
  ],
  ['a heartbeat of the dead', { kind: 'recovered', state: 'up', previous: 'down' }, 'started'],
  ['lateness', { kind: 'late', state: 'late', previous: 'up' }, 'warned'],
  ['death', { kind: 'down', state: 'down', previous: 'late' }, 'dead'],
  ['flapping while it is up', { kind: 'flapping', state: 'up' }, 'restarted'],
  ['flapping while it is late', { kind: 'flapping', state: 'late' }, 'warned'],
  ['calm in death', { kind: 'calm', state: 'down' }, 'dead'],
];

const silent: [string, Partial<LivenessEvent>][] = [
  ['a stop', { kind: 'retired', state: 'retired' }],
  ['a reminder', { kind: 'still_down', state: 'down' }],
  ['flapping that ended with a stop', { kind: 'calm', state: 'retired' }],
  ['a component', { kind: 'component.down', subject: { name: 'Node', version: 'hbtd' } }],
  ['the service', { kind: 'params.changed', subject: undefined }],
  ['a test', { kind: 'test', subject: undefined }],
];

describe('changes', () => {
  it.each(['started', 'restarted', 'warned', 'dead'] as const)('words %s as hbtd does', (kind) => {
    const { state, flag, message, info } = changes[kind];
    expect([state, flag, message, info]).toEqual(words[kind]);
  });
});

describe('changeOf', () => {
  it.each(cases)('takes %s for a change', (_, fields, kind) => {
    expect(changeOf(anEvent({ subject, ...fields }))).toEqual({ kind, subject });
  });

  it.each(silent)('has no change for %s', (_, fields) => {
    expect(changeOf(anEvent({ subject, ...fields }))).toBeUndefined();
  });
});

describe('telemetryMessage', () => {
  it.each(cases)('reports %s as hbtd does', (_, fields, kind) => {
    const [NewState, NewFlag, , Info] = words[kind];
    const message = telemetryMessage(anEvent({ subject, ...fields }));
    expect(message).toMatchObject({ ID: 'x0c0s0b0n0', NewState, NewFlag, Info });
  });

  it('has the fields of hbtd, and the time of the last heartbeat', () => {
    const atMs = Date.UTC(2026, 0, 1, 0, 0, 30);
    const event = anEvent({ subject, kind: 'down', state: 'down', atMs, ageSeconds: 30 });
    expect(JSON.stringify(telemetryMessage(event))).toBe(
      '{"MessageID":"Heartbeat Change Notification","ID":"x0c0s0b0n0","NewState":"Standby",' +
        '"NewFlag":"Alert","LastHBTimeStamp":"2026-01-01T00:00:00.000Z",' +
        '"Info":"Heartbeat stopped, node is dead."}',
    );
    const back = anEvent({ subject, kind: 'recovered', state: 'up', atMs, ageSeconds: 90 });
    expect(telemetryMessage(back)).toMatchObject({ LastHBTimeStamp: '2026-01-01T00:00:30.000Z' });
  });

  it("has the sender's own text of the time, where there is one", () => {
    const event = anEvent({ subject, kind: 'down', data: { senderTime: 'T <1>' } });
    expect(telemetryMessage(event)).toMatchObject({ LastHBTimeStamp: 'T <1>' });
  });

  it.each(silent)('has none for %s', (_, fields) => {
    expect(telemetryMessage(anEvent({ subject, ...fields }))).toBeUndefined();
  });
});
