import { describe, expect, it } from '@jest/globals';
import type { Identity } from '../../service/contract/instance.ts';
import { createRegistry, type Ref, type Registry } from '../../service/registry/registry.ts';
import { instanceRecord } from '../support/instance-records.ts';

const one: Identity = { name: 'broker', version: '1.0', instance: 'a' };

const refsOf = (registry: Registry): Ref[] => {
  const refs: Ref[] = [];
  for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) refs.push(ref);
  return refs;
};

describe('createRegistry', () => {
  it('gives back the record that was added', () => {
    const registry = createRegistry();
    const record = instanceRecord({
      ...one,
      id: 2 ** 52 + 1,
      state: 'late',
      stateSinceMs: 1_800_000_000_000.5,
      intervalSeconds: 1.1,
      lastSeq: 2 ** 52 + 3,
      flags: 255,
      senderTime: 'T 1',
    });
    const ref = registry.add(record);
    expect(registry.record(ref)).toEqual(record);
    expect(registry.identity(ref)).toEqual(one);
    expect(registry.find({ ...one })).toBe(ref);
    expect(registry.size).toBe(1);
  });

  it('notes a heartbeat and nothing else', () => {
    const registry = createRegistry();
    const record = instanceRecord({ ...one, state: 'down', flags: 3 });
    const ref = registry.restore(record);
    registry.touch(ref, 5_000.25, 1_800_000_005_000, 77);
    expect(registry.record(ref)).toEqual({
      ...record,
      lastHeardMs: 5_000.25,
      receivedAtMs: 1_800_000_005_000,
      lastSeq: 77,
    });
  });

  it('does not mistake identities whose parts together read the same', () => {
    const registry = createRegistry();
    const alike: Identity[] = [
      { name: 'ab', version: 'c', instance: 'd' },
      { name: 'a', version: 'bc', instance: 'd' },
      { name: 'a', version: 'b', instance: 'cd' },
      { name: 'abc', version: 'd', instance: '' },
      { name: 'a\0b', version: 'c', instance: 'd' },
      { name: 'a', version: 'b\0c', instance: 'd' },
    ];
    const refs = alike.map((identity) => registry.add(instanceRecord(identity)));
    expect(new Set(refs).size).toBe(alike.length);
    expect(alike.map((identity) => registry.find(identity))).toEqual(refs);
  });

  it('knows names in any script, to the code unit', () => {
    const registry = createRegistry();
    const names = [
      'été',
      'e\u0301te\u0301',
      'сердце',
      '心跳',
      '💓',
      '💓'.slice(0, 1),
      'K',
      '\u212a',
    ];
    const refs = names.map((instance) => registry.add(instanceRecord({ ...one, instance })));
    expect(new Set(refs).size).toBe(names.length);
    for (const [index, instance] of names.entries()) {
      const ref = registry.find({ ...one, instance });
      expect(ref).toBe(refs[index]);
      expect(registry.identity(refs[index] ?? -1).instance).toBe(instance);
    }
  });

  it('keeps refs while it grows, and gives those of removed instances to others', () => {
    const registry = createRegistry();
    const instances = Array.from({ length: 5_000 }, (_, index) => `i-${index}`);
    const refs = instances.map((instance, index) =>
      registry.add(instanceRecord({ ...one, instance, lastSeq: index })),
    );
    expect(instances.map((instance) => registry.find({ ...one, instance }))).toEqual(refs);
    expect(refs.map((ref) => registry.lastSeq(ref))).toEqual([...instances.keys()]);

    for (const ref of refs.slice(0, 2_500)) registry.remove(ref);
    expect(registry.find({ ...one, instance: 'i-0' })).toBeUndefined();
    expect(registry.find({ ...one, instance: 'i-2500' })).toBe(refs[2_500]);
    const again = instances
      .slice(0, 2_500)
      .map((instance) => registry.add(instanceRecord({ ...one, instance })));
    expect(new Set(again)).toEqual(new Set(refs.slice(0, 2_500)));
  });

  it('leaves nothing of an instance to the next with its ref', () => {
    const registry = createRegistry();
    const ref = registry.add(instanceRecord({ ...one, flags: 7, senderTime: 'T 1' }));
    registry.schedule(ref, 1_000);
    registry.remove(ref);
    const other = instanceRecord({ name: 'other', version: '2', instance: 'b' });
    expect(registry.restore(other)).toBe(ref);
    expect(registry.record(ref)).toEqual(other);
    expect(registry.dirtyCount).toBe(0);
    expect(registry.takeDue(10_000)).toEqual([]);
    expect(registry.takeDirty()).toEqual([]);
  });

  it('counts by component and state, and forgets a component without instances', () => {
    const registry = createRegistry();
    const first = registry.add(instanceRecord(one));
    const second = registry.add(instanceRecord({ ...one, instance: 'b', state: 'down' }));
    const newer = registry.add(instanceRecord({ ...one, version: '2.0' }));
    const index = registry.component(first);
    expect(registry.component(second)).toBe(index);
    expect(registry.componentOf(index)).toEqual({ name: 'broker', version: '1.0' });
    expect(registry.findComponent('broker', '2.0')).toBe(registry.component(newer));
    expect(registry.counts(index)).toEqual({ up: 1, late: 0, down: 1, retired: 0 });

    registry.setState(first, 'retired', 5);
    expect(registry.counts(index)).toEqual({ up: 0, late: 0, down: 1, retired: 1 });
    expect(registry.counts()).toEqual({ up: 1, late: 0, down: 1, retired: 1 });
    expect(registry.state(first)).toBe('retired');
    expect(registry.stateSinceMs(first)).toBe(5);

    registry.remove(first);
    registry.remove(second);
    expect(registry.findComponent('broker', '1.0')).toBeUndefined();
    expect([...registry.components()]).toEqual([registry.component(newer)]);
    expect(() => registry.componentOf(index)).toThrow(RangeError);
    const third = registry.add(instanceRecord({ ...one, name: 'proxy' }));
    expect(registry.component(third)).toBe(index);
    expect(registry.counts(index)).toEqual({ up: 1, late: 0, down: 0, retired: 0 });
  });

  it('keeps the only instance of a component through a change of state', () => {
    const registry = createRegistry();
    const ref = registry.add(instanceRecord(one));
    registry.setState(ref, 'late', 1);
    registry.setState(ref, 'late', 2);
    expect(registry.identity(ref)).toEqual(one);
    expect(registry.counts()).toEqual({ up: 0, late: 1, down: 0, retired: 0 });
  });

  it('meets every instance that stays once in a walk, whatever else comes and goes', () => {
    const registry = createRegistry();
    const refs = Array.from({ length: 100 }, (_, index) =>
      registry.add(instanceRecord({ ...one, instance: `${index}` })),
    );
    const [leaving, staying] = [refs.slice(0, 30), refs.slice(30)];
    const met: Ref[] = [];
    for (let ref = registry.next(-1); ref !== undefined; ref = registry.next(ref)) {
      met.push(ref);
      const gone = leaving.pop();
      if (gone !== undefined) registry.remove(gone);
      if (met.length % 3 === 0) registry.add(instanceRecord({ ...one, instance: `n${ref}` }));
    }
    expect(met.filter((ref) => staying.includes(ref))).toEqual(staying);
  });

  it('hands out what changed since it was last handed out, in portions', () => {
    const registry = createRegistry();
    const restored = registry.restore(instanceRecord(one));
    const added = registry.add(instanceRecord({ ...one, instance: 'b' }));
    expect(registry.takeDirty()).toEqual([added]);
    expect(registry.dirtyCount).toBe(0);

    registry.setFlags(restored, 1);
    registry.setIntervalSeconds(restored, 30);
    registry.touch(added, 1, 1, 1);
    expect(registry.dirtyCount).toBe(2);
    const portions = [registry.takeDirty(1), registry.takeDirty(1), registry.takeDirty(1)];
    expect(portions.map((portion) => portion.length)).toEqual([1, 1, 0]);
    expect(new Set(portions.flat())).toEqual(new Set([restored, added]));

    registry.markDirty(added);
    registry.markDirty(restored);
    expect(registry.takeDirty()).toEqual([restored, added]);

    registry.markDirty(restored);
    expect(registry.dirtyCount).toBe(1);
    registry.remove(restored);
    expect(registry.dirtyCount).toBe(0);
    expect(registry.takeDirty()).toEqual([]);
    expect(refsOf(registry)).toEqual([added]);
  });
});
