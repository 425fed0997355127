import { describe, expect, it } from '@jest/globals';
import { createInstanceSeries } from '../../../service/query/series/instances.ts';
import { createSlicer } from '../../../service/runtime/concurrency/slicer.ts';
import { anInstance, instanceSources } from '../../support/instances.ts';

describe('createInstanceSeries', () => {
  it('passes over a name that has no bytes in UTF-8', async () => {
    const sources = instanceSources();
    for (const instance of ['\ud800', '\ud801', 'i'])
      sources.registry.add(anInstance({ instance }));
    const pieces = await Array.fromAsync(
      createInstanceSeries({ ...sources, slicer: createSlicer() })(),
    );
    expect(pieces.join('').match(/^ge_heartbeat_instance_state\{.*$/gm)).toEqual([
      'ge_heartbeat_instance_state{name="Orion",version="1.0",instance_id="i"} 0',
    ]);
  });

  it('gives state and age of each, a piece at a time', async () => {
    const sources = instanceSources();
    const states = ['up', 'late', 'down', 'retired'] as const;
    for (let n = 0; n < 1_200; n++) {
      const state = states[n % 4] ?? 'up';
      sources.registry.add(anInstance({ instance: `i-${n}`, state, lastHeardMs: n, id: n }));
    }
    const pieces = await Array.fromAsync(
      createInstanceSeries({ ...sources, slicer: createSlicer() })(),
    );
    expect(pieces.length).toBeGreaterThan(6);
    const lines = pieces.join('').split('\n');
    expect(lines.filter((line) => line.startsWith('ge_heartbeat_instance_state{'))).toHaveLength(
      1_200,
    );
    const labels = '{name="Orion",version="1.0",instance_id="i-6"}';
    expect(lines).toContain(`ge_heartbeat_instance_state${labels} 2`);
    expect(lines).toContain(`ge_heartbeat_instance_beat_age_seconds${labels} 19.994`);
  });
});
