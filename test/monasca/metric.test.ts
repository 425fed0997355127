import { describe, expect, it } from '@jest/globals';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import { metricsBody } from '../../service/monasca/metric.ts';

const names = {
  metricName: 'GE_Heartbeat',
  dimensionNames: { name: 'name', version: 'version', instance: 'instance' },
};
const beat: Heartbeat = {
  name: 'Orion',
  version: '1.0',
  instance: 'c1',
  timestampMs: 1_795_150_000_000,
  receivedAtMs: 1_795_150_000_500,
};

describe('metricsBody', () => {
  it("is an array of Monasca's metrics, with the emitter's time", () => {
    expect(metricsBody([beat, { ...beat, instance: 'c2' }], names)).toBe(
      '[{"name":"GE_Heartbeat","dimensions":{"name":"Orion","version":"1.0","instance":"c1"},"timestamp":1795150000000,"value":1},' +
        '{"name":"GE_Heartbeat","dimensions":{"name":"Orion","version":"1.0","instance":"c2"},"timestamp":1795150000000,"value":1}]',
    );
  });

  it('takes meta along', () => {
    expect(JSON.parse(metricsBody([{ ...beat, meta: { zone: 'a' } }], names))).toMatchObject([
      { value: 1, value_meta: { zone: 'a' } },
    ]);
  });

  it('uses the configured names of the metric and its dimensions', () => {
    const dimensionNames = { name: 'enabler_id', version: 'enabler_version', instance: 'id' };
    expect(JSON.parse(metricsBody([beat], { metricName: 'hb', dimensionNames }))).toMatchObject([
      { name: 'hb', dimensions: { enabler_id: 'Orion', enabler_version: '1.0', id: 'c1' } },
    ]);
  });

  it('encodes what Monasca refuses', () => {
    const odd = { ...beat, name: 'a,"b"', version: '1\n2', instance: '<c>\ud800' };
    expect(JSON.parse(metricsBody([odd], names))).toMatchObject([
      { dimensions: { name: 'a%2C%22b%22', version: '1%0A2', instance: '%3Cc%3E%ED%A0%80' } },
    ]);
  });

  it('keeps what is not ASCII', () => {
    const body = metricsBody([{ ...beat, name: 'Überwachung 漢 🚀' }], names);
    expect(JSON.parse(Buffer.from(body).toString())).toMatchObject([
      { dimensions: { name: 'Überwachung 漢 🚀' } },
    ]);
  });
});
