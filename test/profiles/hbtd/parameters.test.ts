import { describe, expect, it } from '@jest/globals';
import type { HbtdValues, ParameterName } from '../../../service/profiles/hbtd/parameter-values.ts';
import {
  createHbtdParameters,
  type HbtdParameterChange,
} from '../../../service/profiles/hbtd/parameters.ts';
import { StoreUnavailable } from '../../../service/store/failure.ts';

const configured: HbtdValues = {
  Debug: '0',
  Nosm: '0',
  Use_telemetry: '1',
  Telemetry_host: '',
  Warntime: '10',
  Errtime: '30',
  Port: '28500',
  Kv_url: '',
  Interval: '5',
  Sm_url: '',
  Sm_timeout: '10',
  Sm_retries: '3',
};

/** Parameters over what was saved, and all that it commits. */
function parametersOver(saved: object | undefined, fixed: ParameterName[] = ['Port']) {
  const changes: HbtdParameterChange[] = [];
  let isFull = false;
  const parameters = createHbtdParameters({
    configured,
    fixed: new Set(fixed),
    saved: new Map(saved ? [['profiles.hbtd.parameters', JSON.stringify(saved)]] : []),
    async commit(change) {
      if (isFull) throw new StoreUnavailable({ reason: 'full', detail: 'the disk is full' });
      changes.push(change);
    },
  });
  return {
    current: parameters.current,
    changes,
    patch: (change: object, by = 'ops') =>
      parameters.patch(Buffer.from(JSON.stringify(change)), by),
    fill() {
      isFull = true;
    },
  };
}

const savedIn = ([change]: readonly HbtdParameterChange[]) =>
  JSON.parse(change?.settings.get('profiles.hbtd.parameters') ?? 'null');

describe('createHbtdParameters', () => {
  it('saves the changed values only, with an event', async () => {
    const { patch, changes, current } = parametersOver(undefined);
    expect(await patch({ Warntime: '0x14' }, 'ops (10.0.0.1)')).toEqual({ kind: 'changed' });
    expect(current()).toEqual({ ...configured, Warntime: '20' });
    expect(savedIn(changes)).toEqual({ Warntime: '20' });
    expect(changes[0]?.event).toMatchObject({
      kind: 'params.changed',
      reason: "hbtd's parameters changed by ops (10.0.0.1): Warntime from '10' to '20'.",
      data: { old: configured, new: { Warntime: '20' }, by: 'ops (10.0.0.1)' },
    });
  });

  it('writes no event if no value is different', async () => {
    const { patch, changes } = parametersOver({ Warntime: '20' });
    await patch({ Warntime: '20' });
    expect(savedIn(changes)).toEqual({ Warntime: '20' });
    expect(changes[0]).not.toHaveProperty('event');
  });

  it('changes nothing if one value is impossible', async () => {
    const { patch, changes, current } = parametersOver(undefined);
    expect(await patch({ Warntime: '20', Errtime: '0' })).toMatchObject({ kind: 'invalid' });
    expect(current()).toEqual(configured);
    expect(changes).toEqual([]);
  });

  it('restores the kept parameters, except unowned ones and invalid ones', () => {
    const saved = {
      Warntime: '20',
      Sm_url: 'http://old',
      Sm_timeout: '99999',
      Port: '1',
      Old: 'x',
    };
    expect(parametersOver(saved, ['Port', 'Sm_url']).current()).toEqual({
      ...configured,
      Warntime: '20',
    });
  });

  it('restores a Warntime that is not below Errtime', () => {
    const { current } = parametersOver({ Warntime: '40', Debug: '1' });
    expect(current()).toEqual({ ...configured, Warntime: '40', Debug: '1' });
  });

  it('says that a change is not durable', async () => {
    const { patch, fill } = parametersOver(undefined);
    fill();
    await expect(patch({ Warntime: '20' })).rejects.toThrow('full');
  });
});
