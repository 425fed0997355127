import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { instanceStates } from '../../service/contract/instance.ts';
import {
  type ComponentFacts,
  changeKind,
  decide,
  decideComponent,
  flagsAfter,
  type InstanceFacts,
  readReported,
  unreportedFlags,
} from '../../service/liveness/reporting/decision.ts';

const nothing = {
  state: 'retired',
  isFlapping: false,
  isNotified: false,
  isSilenced: false,
} as const;
const free = { isMassOutagePossible: false, isQueueFull: false };
const notified = { ...nothing, isNotified: true };

/** An instance that is down and of which `late` was notified, unless `facts` say otherwise. */
const instance = (facts: Partial<InstanceFacts>): InstanceFacts => ({
  state: 'down',
  reported: { ...notified, state: 'late' },
  flapping: 'no',
  isReminderDue: false,
  silence: () => undefined,
  ...facts,
});
const isSilenced = { silence: () => 'id' };
const report = (news: string, silencedBy?: string) => ({ kind: 'report', news, silencedBy });
const deferred = (reason: string) => ({ kind: 'deferred', reason });
const reportedDown = { ...notified, state: 'down' } as const;
const silencedDown = { ...reportedDown, isSilenced: true };

describe('decide', () => {
  it.each<[string, Partial<InstanceFacts>, object]>([
    ['reports a change of state', {}, report('down')],
    ['reports a silenced change with the id of the silence', isSilenced, report('down', 'id')],
    ['defers what is reported already', { reported: reportedDown }, deferred('unchanged')],
    [
      'reports the end of something notified in spite of a silence',
      { ...isSilenced, state: 'up' },
      report('recovered', undefined),
    ],
    [
      'silences the end of something that was not notified',
      { ...isSilenced, state: 'up', reported: { ...nothing, state: 'late' } },
      report('recovered', 'id'),
    ],
    [
      'repeats a silenced report after the silence',
      { reported: silencedDown },
      report('still_down'),
    ],
    [
      'defers a repetition while a silence covers it',
      { ...isSilenced, reported: silencedDown },
      deferred('silence'),
    ],
    [
      'reminds of what is down',
      { reported: reportedDown, isReminderDue: true },
      report('reminder'),
    ],
    [
      'defers a reminder while a silence covers it',
      { ...isSilenced, reported: reportedDown, isReminderDue: true },
      deferred('silence'),
    ],
    [
      'does not remind of what is not down',
      { state: 'late', isReminderDue: true },
      deferred('unchanged'),
    ],
    ['reports the beginning of flapping', { flapping: 'begins' }, report('flapping')],
    ['defers single changes while flapping', { flapping: 'continues' }, deferred('flapping')],
    ['reports the end of flapping', { flapping: 'ends' }, report('calm')],
    [
      'repeats silenced flapping after the silence',
      { flapping: 'continues', reported: { ...silencedDown, isFlapping: true } },
      report('flapping'),
    ],
  ])('%s', (_, facts, expected) => {
    expect(decide(instance(facts), free)).toEqual(expected);
  });

  it('defers absences and repetitions in a mass outage, but no other change', () => {
    const outage = { ...free, isMassOutagePossible: true };
    const reasons = [
      instance({}),
      instance({ reported: silencedDown }),
      instance({ state: 'up' }),
      instance({ flapping: 'begins' }),
    ].map((facts) => decide(facts, outage));
    expect(reasons).toEqual([
      deferred('mass-outage'),
      deferred('mass-outage'),
      report('recovered'),
      report('flapping'),
    ]);
  });

  it('defers all changes while the queue is full, but not transitions of flapping', () => {
    const full = { ...free, isQueueFull: true };
    const reasons = [instance({}), instance({ state: 'up' }), instance({ flapping: 'ends' })].map(
      (facts) => decide(facts, full),
    );
    expect(reasons).toEqual([deferred('queue-full'), deferred('queue-full'), report('calm')]);
  });

  it('matches silences only for what would be reported otherwise', () => {
    const silence = () => {
      throw new Error('matched');
    };
    const outage = { ...free, isMassOutagePossible: true };
    expect(decide(instance({ silence }), outage).kind).toBe('deferred');
    expect(decide(instance({ silence, reported: reportedDown }), free).kind).toBe('deferred');
    expect(decide(instance({ silence, state: 'up' }), free).kind).toBe('report');
  });
});

describe('changeKind', () => {
  it('names each change from what was reported, and none where nothing changed', () => {
    const table = instanceStates.map((reported) =>
      instanceStates.map((state) => changeKind(reported, state) ?? '-'),
    );
    expect(table).toEqual([
      ['-', 'late', 'down', 'retired'],
      ['recovered', '-', 'down', 'retired'],
      ['recovered', 'late', '-', 'retired'],
      ['started', 'late', 'down', '-'],
    ]);
  });
});

describe('flagsAfter', () => {
  it('keeps what was notified until it is over, whatever is silenced meanwhile', () => {
    const step = fc.record({
      state: fc.constantFrom(...instanceStates),
      isFlapping: fc.boolean(),
      isSilenced: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let flags = unreportedFlags;
        let isNotified = false;
        for (const { state, isFlapping, isSilenced } of steps) {
          flags = flagsAfter(readReported(flags), state, { isFlapping, isSilenced });
          const isOpen = isFlapping || state === 'late' || state === 'down';
          isNotified = isOpen && (!isSilenced || isNotified);
          expect(readReported(flags)).toEqual({
            state,
            isFlapping,
            isNotified,
            isSilenced: isOpen && isSilenced,
          });
        }
      }),
    );
  });
});

describe('decideComponent', () => {
  const facts = (more: Partial<ComponentFacts>): ComponentFacts => ({
    news: 'worse',
    reported: { isNotified: false, isSilenced: false },
    isInGrace: false,
    silence: () => undefined,
    ...more,
  });
  const wasNotified = { isNotified: true, isSilenced: false };

  it.each<[string, Partial<ComponentFacts>, object]>([
    ['reports a shortage', {}, report('worse')],
    ['reports a silenced shortage with the id of the silence', isSilenced, report('worse', 'id')],
    ['defers a shortage within the grace period', { isInGrace: true }, deferred('grace')],
    ['defers what is reported already', { news: 'repeated' }, deferred('unchanged')],
    [
      'repeats a silenced shortage after the silence',
      { news: 'repeated', reported: { isNotified: false, isSilenced: true } },
      report('repeated'),
    ],
    [
      'defers a repetition while a silence covers it',
      { ...isSilenced, news: 'repeated', reported: { isNotified: true, isSilenced: true } },
      deferred('silence'),
    ],
    [
      'reports the end of a notified shortage in spite of a silence',
      { ...isSilenced, news: 'recovered', reported: wasNotified },
      report('recovered', undefined),
    ],
    [
      'silences the end of a shortage that was not notified',
      { ...isSilenced, news: 'recovered' },
      report('recovered', 'id'),
    ],
    [
      'defers a missing component while a silence covers it',
      { ...isSilenced, news: 'never_seen' },
      deferred('silence'),
    ],
  ])('%s', (_, more, expected) => {
    expect(decideComponent(facts(more), free)).toEqual(expected);
  });

  it('defers everything in a mass outage and while the queue is full', () => {
    expect(decideComponent(facts({}), { ...free, isMassOutagePossible: true })).toEqual(
      deferred('mass-outage'),
    );
    expect(decideComponent(facts({}), { ...free, isQueueFull: true })).toEqual(
      deferred('queue-full'),
    );
  });
});
