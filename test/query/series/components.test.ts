import { describe, expect, it } from '@jest/globals';
import type { InstanceState } from '../../../service/contract/instance.ts';
import { createComponentSeries } from '../../../service/query/series/components.ts';
import { createRegistry, type Registry } from '../../../service/registry/registry.ts';
import { createSlicer } from '../../../service/runtime/concurrency/slicer.ts';
import { anInstance } from '../../support/instances.ts';

function fleet(...components: [string, string, InstanceState[]][]): Registry {
  const registry = createRegistry();
  for (const [name, version, states] of components) {
    states.forEach((state, at) => {
      registry.add(anInstance({ name, version, instance: `i-${at}`, state }));
    });
  }
  return registry;
}

const seriesOf = (registry: Registry, maxComponents = 10, expected: string[] = []) =>
  createComponentSeries({
    registry,
    slicer: createSlicer(),
    maxComponents,
    expected: expected.map((name) => ({ name, version: '*' })),
  })();

const samples = (text: string, name: string) =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));

const active = 'ge_heartbeat_active_instances';

describe('createComponentSeries', () => {
  it('counts who is up or late as active, and who is down', async () => {
    const { text } = await seriesOf(
      fleet(['Orion', '1.0', ['up', 'late', 'up']], ['Orion', '2.0', ['down', 'retired']]),
    );
    expect(samples(text, active)).toEqual([
      `${active}{name="Orion",version="1.0"} 3`,
      `${active}{name="Orion",version="2.0"} 0`,
    ]);
    expect(samples(text, 'ge_heartbeat_down_instances')).toEqual([
      'ge_heartbeat_down_instances{name="Orion",version="1.0"} 0',
      'ge_heartbeat_down_instances{name="Orion",version="2.0"} 1',
    ]);
  });

  it('shows the greatest of too many, and counts what it hides', async () => {
    const { text, hidden } = await seriesOf(
      fleet(['a', '1', ['up']], ['b', '1', ['up', 'up', 'up']], ['c', '1', ['up', 'late']]),
      1,
    );
    expect(samples(text, active)).toEqual([`${active}{name="b",version="1"} 3`]);
    expect(hidden).toEqual({ components: 2, activeInstances: 3 });
  });

  it('has a sample for what is expected, though nothing of it was ever seen', async () => {
    const registry = fleet(['Orion', '1.0', ['up']], ['Orion', '2.0', ['up', 'down']]);
    const { text } = await seriesOf(registry, 0, ['Orion', 'Wirecloud*']);
    expect(samples(text, 'ge_heartbeat_expected_active_instances')).toEqual([
      'ge_heartbeat_expected_active_instances{name="Orion",version="*"} 2',
      'ge_heartbeat_expected_active_instances{name="Wirecloud*",version="*"} 0',
    ]);
  });

  it('escapes what a name may hold', async () => {
    const { text } = await seriesOf(fleet(['a"b\\c\nd', '1', ['up']]));
    expect(samples(text, active)).toEqual([`${active}{name="a\\"b\\\\c\\nd",version="1"} 1`]);
  });

  it('writes no series twice, whatever names and rules there are', async () => {
    const registry = fleet(['\ud800', '1', ['up']], ['\ud801', '1', ['up']], ['a', '1', ['up']]);
    const { text, hidden } = await seriesOf(registry, 10, ['a', 'a']);
    const lines = text.split('\n').filter((line) => /^ge_/.test(line));
    expect(lines).toEqual([
      `${active}{name="a",version="1"} 1`,
      'ge_heartbeat_down_instances{name="a",version="1"} 0',
      'ge_heartbeat_expected_active_instances{name="a",version="*"} 1',
    ]);
    expect(hidden).toEqual({ components: 2, activeInstances: 2 });
  });

  it('shows the time between heartbeats', async () => {
    const registry = createRegistry();
    const ref = registry.add(anInstance({ receivedAtMs: 1_000_000 }));
    registry.touch(ref, 0, 1_030_000, 2);
    registry.touch(ref, 0, 1_060_500, 3);
    const { text } = await seriesOf(registry);
    expect(text).toContain('heartbeat_between_beats_seconds_bucket{le="28"} 0\n');
    expect(text).toContain('heartbeat_between_beats_seconds_bucket{le="32"} 2\n');
    expect(text).toContain('heartbeat_between_beats_seconds_sum 60.5\n');
    expect(text).toContain('heartbeat_between_beats_seconds_count 2\n');
  });

  it('lets others have their turn, however many components there are', async () => {
    const registry = createRegistry();
    for (let n = 0; n < 10_000; n++) registry.add(anInstance({ name: `component-${n}`, id: n }));
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const { text } = await seriesOf(registry, 10_000);
    clearInterval(counting);
    expect(samples(text, active)).toHaveLength(10_000);
    expect(turns).toBeGreaterThan(2);
  });

  it('passes over a component that is forgotten meanwhile', async () => {
    const registry = createRegistry();
    for (let n = 0; n < 1_000; n++) registry.add(anInstance({ name: `component-${n}`, id: n }));
    const rendering = seriesOf(registry, 10_000);
    const last = registry.find({ name: 'component-999', version: '1.0', instance: 'i-1' });
    registry.remove(last ?? -1);
    expect(samples((await rendering).text, active)).toHaveLength(999);
  });
});
