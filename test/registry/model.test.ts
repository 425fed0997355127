import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Identity,
  type InstanceRecord,
  type InstanceState,
  instanceStates,
} from '../../service/contract/instance.ts';
import { createRegistry, type Registry } from '../../service/registry/registry.ts';
import { instanceRecord } from '../support/instance-records.ts';

/** The registry as one would write it without a thought of memory. */
type Model = Map<string, { record: InstanceRecord; deadlineMs?: number; isDirty: boolean }>;

type Step =
  | { readonly kind: 'add' | 'restore'; readonly who: Identity; readonly state: InstanceState }
  | { readonly kind: 'remove'; readonly who: Identity }
  | { readonly kind: 'touch'; readonly who: Identity; readonly value: number }
  | { readonly kind: 'state'; readonly who: Identity; readonly state: InstanceState }
  | { readonly kind: 'interval' | 'flags'; readonly who: Identity; readonly value: number }
  | { readonly kind: 'schedule'; readonly who: Identity; readonly inMs: number }
  | { readonly kind: 'pass'; readonly ms: number; readonly limit: number }
  | { readonly kind: 'clean'; readonly limit: number };

const part = fc.constantFrom('a', 'b', 'ab', '', 'é', '心');
const who = fc.record({ name: part, version: part, instance: part });
const state = fc.constantFrom(...instanceStates);
const limit = fc.constantFrom(1, 2, 5, Number.POSITIVE_INFINITY);
const span = fc.oneof(fc.nat(3_000), fc.double({ min: 0, max: 2e5, noNaN: true }), fc.nat(2e8));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('add' as const, 'restore' as const), who, state }),
  fc.record({ kind: fc.constant('remove' as const), who }),
  fc.record({ kind: fc.constant('touch' as const), who, value: fc.nat() }),
  fc.record({ kind: fc.constant('state' as const), who, state }),
  fc.record({
    kind: fc.constantFrom('interval' as const, 'flags' as const),
    who,
    value: fc.nat(255),
  }),
  fc.record({ kind: fc.constant('schedule' as const), who, inMs: span }),
  fc.record({ kind: fc.constant('pass' as const), ms: span, limit }),
  fc.record({ kind: fc.constant('clean' as const), limit }),
);

const keyOf = ({ name, version, instance }: Identity) => JSON.stringify([name, version, instance]);

/** Both sides, kept in step; throws where they differ. */
function createFixture() {
  const registry = createRegistry();
  const model: Model = new Map();
  let nowMs = 1_000;
  let seq = 0;

  function take(
    refs: readonly number[],
    candidates: readonly string[],
    withTimeout: number,
  ): string[] {
    const taken = refs.map((ref) => keyOf(registry.identity(ref)));
    expect(new Set(taken).size).toBe(taken.length);
    expect(candidates).toEqual(expect.arrayContaining(taken));
    expect(taken).toHaveLength(Math.min(withTimeout, candidates.length));
    return taken;
  }

  function enter(kind: 'add' | 'restore', identity: Identity, state: InstanceState): void {
    if (model.has(keyOf(identity))) return;
    const record = instanceRecord({ ...identity, state, id: ++seq });
    registry[kind](record);
    model.set(keyOf(identity), { record, isDirty: kind === 'add' });
  }

  /** Time passes: who is due is a set, because a second has no order. */
  function pass(ms: number, withTimeout: number): void {
    nowMs += ms;
    const due = [...model].filter(([, { deadlineMs }]) => (deadlineMs ?? Infinity) <= nowMs);
    const keys = due.map(([key]) => key);
    for (const key of take(registry.takeDue(nowMs, withTimeout), keys, withTimeout)) {
      delete model.get(key)?.deadlineMs;
    }
  }

  function clean(withTimeout: number): void {
    const keys = [...model].filter(([, { isDirty }]) => isDirty).map(([key]) => key);
    for (const key of take(registry.takeDirty(withTimeout), keys, withTimeout)) {
      const entry = model.get(key);
      if (entry) entry.isDirty = false;
    }
  }

  function change(key: string, step: Step): void {
    const entry = model.get(key);
    const ref = entry && registry.find(entry.record);
    if (!entry || ref === undefined) return;
    const set = (part: Partial<InstanceRecord>) => {
      entry.record = { ...entry.record, ...part };
      entry.isDirty = true;
    };
    switch (step.kind) {
      case 'remove':
        registry.remove(ref);
        model.delete(key);
        break;
      case 'schedule':
        entry.deadlineMs = nowMs + step.inMs - 500;
        registry.schedule(ref, entry.deadlineMs);
        break;
      case 'touch':
        registry.touch(ref, step.value + 0.5, step.value, ++seq);
        set({ lastHeardMs: step.value + 0.5, receivedAtMs: step.value, lastSeq: seq });
        break;
      case 'state':
        registry.setState(ref, step.state, nowMs);
        set({ state: step.state, stateSinceMs: nowMs });
        break;
      case 'interval':
        registry.setIntervalSeconds(ref, step.value);
        set({ intervalSeconds: step.value });
        break;
      case 'flags':
        registry.setFlags(ref, step.value);
        set({ flags: step.value });
        break;
    }
  }

  return {
    registry,
    model,
    run(step: Step): void {
      if (step.kind === 'pass') pass(step.ms, step.limit);
      else if (step.kind === 'clean') clean(step.limit);
      else if (step.kind === 'add' || step.kind === 'restore') {
        enter(step.kind, step.who, step.state);
      } else change(keyOf(step.who), step);
    },
  };
}

const tally = (records: readonly InstanceRecord[]) =>
  Object.fromEntries(
    instanceStates.map((one) => [one, records.filter((record) => record.state === one).length]),
  );

function expectSame(registry: Registry, model: Model): void {
  const records = [...model.values()].map(({ record }) => record);
  const found: InstanceRecord[] = [];
  for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) {
    found.push(registry.record(ref));
    expect(registry.find(registry.identity(ref))).toBe(ref);
  }
  const byId = (a: InstanceRecord, b: InstanceRecord) => a.id - b.id;
  expect(found.toSorted(byId)).toEqual(records.toSorted(byId));
  expect(registry.size).toBe(model.size);
  expect(registry.dirtyCount).toBe([...model.values()].filter(({ isDirty }) => isDirty).length);

  expect(registry.counts()).toEqual(tally(records));
  const components = [...registry.components()];
  const known = Map.groupBy(records, ({ name, version }) => JSON.stringify([name, version]));
  expect(components).toHaveLength(known.size);
  for (const index of components) {
    const { name, version } = registry.componentOf(index);
    expect(registry.findComponent(name, version)).toBe(index);
    const own = known.get(JSON.stringify([name, version])) ?? [];
    expect(registry.counts(index)).toEqual(tally(own));
  }
}

it('the registry is a plain map, whatever is done to it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const fixture = createFixture();
      for (const each of steps) fixture.run(each);
      expectSame(fixture.registry, fixture.model);
      for (const key of [...fixture.model.keys()]) {
        const record = fixture.model.get(key)?.record;
        if (record) fixture.run({ kind: 'remove', who: record });
      }
      expectSame(fixture.registry, new Map());
    }),
    { numRuns: 200 },
  );
});
