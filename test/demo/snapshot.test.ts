import { describe, expect, it } from '@jest/globals';
import { describeSnapshot } from '../../demo/snapshot.ts';

const orion = { name: 'Orion', version: '3.10.1' };
const mine = { name: 'Mine', version: '1' };
const snapshot = {
  components: [
    { ...mine, instances: { up: 1, late: 0, down: 0 } },
    { ...orion, instances: { up: 2, late: 1, down: 1 } },
  ],
  ...{ outbox: 34, isMonascaUp: false, deadLetters: 0 },
  relay: { state: 'closed', reasons: ['Orion is missing.'] },
};
const sent = ['a', 'b'].map((instance) => ({
  ...{ ...orion, instance, hasStopped: false },
  ...{ accepted: new Set([1, 2, 3]), unanswered: new Set([4]) },
}));
const inMonasca = [
  { ...orion, instance: 'a', heartbeats: 2 },
  { ...orion, instance: 'b', heartbeats: 3 },
  { ...mine, instance: 'x', heartbeats: 7 },
];

describe('describeSnapshot', () => {
  const lines = describeSnapshot(snapshot, sent, inMonasca, 0.4, 7).split('\n');

  it('has a line for each component, with states, accepted heartbeats and those in Monasca', () => {
    expect(lines[0]).toMatch(/COMPONENT +VERSION +UP +LATE +DOWN +ACCEPTED +IN MONASCA$/);
    expect(lines[2]).toMatch(/ Orion +3\.10\.1 +2 +1 +1 +6 +5$/);
  });

  it('includes components that the demo does not send', () => {
    expect(lines[1]).toMatch(/ Mine +1 +1 +0 +0 +- +7$/);
  });

  it('names the state of the delivery and of the liveness evaluation', () => {
    expect(lines[3]).toBe(
      '  Monasca is unavailable, 34 heartbeats waiting, 0 dead letters; last liveness evaluation: 0.4 s ago',
    );
    expect(lines[4]).toBe(
      '  The relay is closed: Orion is missing; last heartbeat downstream: 7.0 s ago',
    );
    const one = { ...snapshot, isMonascaUp: true, outbox: 1, deadLetters: 1 };
    expect(describeSnapshot(one, [], [], undefined, undefined)).toContain(
      'Monasca is available, 1 heartbeat waiting, 1 dead letter; last liveness evaluation: not yet',
    );
  });
});
