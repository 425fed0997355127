import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { EventKind, LivenessEvent } from '../../../service/contract/event.ts';
import type { RoutedLog } from '../../../service/notify/notifier.ts';
import { type ChangeKind, changeOf } from '../../../service/notify/state-manager/changes.ts';
import type { Hsm } from '../../../service/notify/state-manager/hsm.ts';
import { createStateManager } from '../../../service/notify/state-manager/state-manager.ts';
import type { HttpResult } from '../../../service/runtime/http/http-client.ts';
import { anEvent } from '../../support/events.ts';

/** Changes of components in a log, deliveries of the pump, and what the State Manager accepts. */
type Step =
  | { readonly kind: 'event'; readonly component: number; readonly event: EventKind }
  | { readonly kind: 'deliver'; readonly events: number }
  /** Status for a kind of change; 200 accepts it again. */
  | { readonly kind: 'answer'; readonly change: ChangeKind; readonly status: number }
  | { readonly kind: 'refuse'; readonly component: number; readonly isRefused: boolean }
  | { readonly kind: 'restart' };

const component = fc.nat(4);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      component,
      event: fc.constantFrom<EventKind>('started', 'late', 'down', 'recovered', 'still_down'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('deliver' as const),
      events: fc.integer({ min: 1, max: 5 }),
    }),
  },
  fc.record({
    kind: fc.constant('answer' as const),
    change: fc.constantFrom<ChangeKind>('started', 'restarted', 'warned', 'dead'),
    status: fc.constantFrom(200, 400, 404, 500),
  }),
  fc.record({ kind: fc.constant('refuse' as const), component, isRefused: fc.boolean() }),
  fc.constant({ kind: 'restart' as const }),
);

const nameOf = (index: number) => `x${index}`;
const subjectOf = (index: number) => ({
  name: 'Cabinet',
  version: 'hbtd',
  instance: nameOf(index),
});

/** A log, a State Manager and a pump that hands out one batch until it is delivered. */
class Model {
  readonly log: LivenessEvent[] = [];
  readonly statuses = new Map<ChangeKind, number>();
  readonly refused = new Set<string>();
  /** Number in the log of the last change that was accepted of each component. */
  readonly accepted = new Map<string, number>();
  #cursor = 0;
  #batch: readonly LivenessEvent[] = [];
  #notifier = this.#start();
  #nowMs = 0;

  restart(): void {
    this.#batch = [];
    this.#notifier = this.#start();
  }

  /** One attempt of the pump. */
  async deliver(events: number): Promise<void> {
    if (this.#batch.length === 0) {
      this.#batch = this.log.slice(this.#cursor, this.#cursor + events);
    }
    if (this.#batch.length === 0) return;
    const outcome = await this.#notifier.deliver(this.#batch, new AbortController().signal);
    expect(outcome.kind).not.toBe('rejected');
    if (outcome.kind === 'retry') return;
    this.#cursor += this.#batch.length;
    this.#batch = [];
  }

  get isDelivered(): boolean {
    return this.#cursor === this.log.length;
  }

  /** Number in the log of the newest change of each component. */
  newest(): Map<string, number> {
    const newest = new Map<string, number>();
    for (const [index, event] of this.log.entries()) {
      const change = changeOf(event);
      if (change) newest.set(change.subject.instance, index);
    }
    return newest;
  }

  #start() {
    const seqOf = ({ id }: LivenessEvent) => this.log.findIndex((event) => event.id === id);
    const log: RoutedLog = {
      lookAhead: async function* nothing() {},
      seqOf,
      readAfter: (seq) => {
        const events = this.log.slice(seq + 1, seq + 4);
        return { events, lastSeq: seq + events.length };
      },
      newestOf: (event) =>
        this.log.filter(
          (other) =>
            JSON.stringify(other.subject) === JSON.stringify(event.subject) &&
            seqOf(other) > seqOf(event),
        ),
    };
    const clock = {
      now: () => this.#nowMs,
      monotonic: () => this.#nowMs,
      sleep: async (ms: number) => {
        this.#nowMs += ms;
      },
    };
    const target = () => ({ url: 'http://hsm', timeoutMs: 1_000 });
    return createStateManager({ hsm: this.#hsm(), target, log, clock });
  }

  #hsm(): Hsm {
    const respond = (status: number): HttpResult => ({
      kind: 'response',
      status,
      headers: {},
      body: '',
    });
    return {
      ready: () => Promise.resolve(respond(200)),
      patch: async (_, kind, names) => {
        const status = this.statuses.get(kind) ?? 200;
        if (status !== 200) return respond(status);
        if (names.some((name) => this.refused.has(name))) return respond(400);
        for (const name of names) this.#accept(name, kind);
        return respond(200);
      },
      close: () => undefined,
    };
  }

  /** The change that was meant is the newest of its kind. */
  #accept(name: string, kind: ChangeKind): void {
    const index = this.log.findLastIndex((event) => {
      const change = changeOf(event);
      return change?.subject.instance === name && change.kind === kind;
    });
    expect(index).toBeGreaterThanOrEqual(this.accepted.get(name) ?? 0);
    this.accepted.set(name, index);
  }
}

async function apply(model: Model, action: Step): Promise<void> {
  switch (action.kind) {
    case 'event': {
      const { component: index, event: kind } = action;
      const previous = kind === 'recovered' ? { previous: 'late' as const } : {};
      const state = kind === 'late' || kind === 'down' ? kind : 'up';
      model.log.push(anEvent({ kind, subject: subjectOf(index), state, ...previous }));
      break;
    }
    case 'deliver':
      await model.deliver(action.events);
      break;
    case 'answer':
      model.statuses.set(action.change, action.status);
      break;
    case 'refuse':
      if (action.isRefused) model.refused.add(nameOf(action.component));
      else model.refused.delete(nameOf(action.component));
      break;
    case 'restart':
      model.restart();
      break;
  }
}

describe('createStateManager, compared with a model', () => {
  it('never reports an older change after a newer one, and in the end the newest of each', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const model = new Model();
        for (const action of steps) await apply(model, action);
        model.statuses.clear();
        model.refused.clear();
        for (let attempts = 0; !model.isDelivered; attempts++) {
          expect(attempts).toBeLessThan(200);
          await model.deliver(3);
        }
        expect(model.accepted).toEqual(model.newest());
      }),
      { numRuns: 300 },
    );
  });

  it('accepts the other changes at once while one component and one kind are refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const model = new Model();
        for (const action of steps.filter(({ kind }) => kind === 'event')) {
          await apply(model, action);
        }
        model.refused.add(nameOf(0));
        model.statuses.set('warned', 500);
        // Each delivery passes more of the events, or sends all that can be sent.
        for (let attempts = 0; attempts < model.log.length + 1; attempts++) await model.deliver(1);
        const expected = [...model.newest()].filter(([name, index]) => {
          const event = model.log[index];
          return name !== nameOf(0) && event?.kind !== 'late';
        });
        for (const [name, index] of expected) expect(model.accepted.get(name)).toBe(index);
      }),
      { numRuns: 100 },
    );
  });
});
