import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sourceUids } from '../../grafana/sources/names.ts';
import { addressOf, type Frame, frameOf } from '../support/grafana/infinity.ts';
import { type Choices, interpolate } from '../support/grafana/interpolate.ts';
import {
  type Environment,
  filledIn,
  monascaHeaders,
  provisioned,
} from '../support/grafana/oauth.ts';
import { infinityQueries } from '../support/grafana/queries.ts';
import { type Scenario, startScenario } from '../support/grafana/scenario.ts';

let scenario: Scenario;
/** What the provisioned data sources find in the environment of Grafana. */
let environment: Environment;

type Query = ReturnType<typeof infinityQueries>[number];

async function replay({ dashboard, target, panel }: Query, choices: Choices): Promise<Frame> {
  const nowMs = Date.now();
  const fill = (text: string) =>
    interpolate(text, dashboard, choices, {
      fromMs: nowMs - 300_000,
      toMs: nowMs,
      intervalSeconds: panel?.interval === undefined ? 15 : 60,
      scrapeSeconds: 15,
    });
  const uid = fill(target.datasource.uid);
  const filled = {
    ...target,
    root_selector: fill(target.root_selector),
    url_options: {
      ...target.url_options,
      params: target.url_options.params.map(({ key, value }) => ({ key, value: fill(value) })),
    },
  };
  const headers = uid === sourceUids.monasca ? await monascaHeaders(environment) : {};
  const address = addressOf(filledIn(provisioned(uid).url, environment), filled);
  const answer = await fetch(address, { headers });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${address}: ${answer.status} ${text}`);
  return frameOf(filled, JSON.parse(text));
}

/** What has come to Monasca may be a moment behind. */
async function until(
  ask: () => Promise<Frame>,
  isEnough: (frame: Frame) => boolean,
): Promise<Frame> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const frame = await ask();
    if (isEnough(frame) || Date.now() > deadline) return frame;
    await delay(200);
  }
}

beforeAll(async () => {
  scenario = await startScenario();
  const { keystoneUrl, monascaUrl } = scenario.mock;
  environment = {
    HEARTBEAT_API_URL: scenario.url,
    MONASCA_URL: monascaUrl.replace(/\/v2\.0$/, ''),
    KEYSTONE_URL: keystoneUrl.replace(/\/v3$/, ''),
    // The mock has it from the start.
    OS_APPLICATION_CREDENTIAL_ID: 'grafana',
    OS_APPLICATION_CREDENTIAL_SECRET: 'grafana-secret',
  };
}, 30_000);

afterAll(() => scenario?.stop());

/** The one whose answer has nothing in it while all is well. */
const isOfDifferences = ({ target }: Query) =>
  target.url_options.params.some(({ key }) => key === 'compare');
const queries = infinityQueries()
  .filter((query) => !isOfDifferences(query))
  .map((query) => [query.where, query] as const);
const hasMany = ({ rows }: Frame) => rows.length > 0;

describe('queries to Infinity', () => {
  it.each(queries)('%s: the answer has its columns, and rows that ascend', async (_, query) => {
    const frame = await until(() => replay(query, {}), hasMany);
    expect(frame.faults).toEqual([]);
    expect(frame.rows).not.toEqual([]);
  });

  it.each(queries)(
    '%s works with two Generic Enablers, and with one that nobody knows',
    async (_, query) => {
      const some = await replay(query, { ge: ['Orion', 'Cygnus'] });
      expect(some.faults).toEqual([]);
      const none = await replay(query, { ge: ['no.such(one)/here'] });
      expect(none.faults).toEqual([]);
      const isFiltered = query.target.root_selector.includes('contains');
      if (isFiltered) expect(none.rows).toEqual([]);
    },
  );

  it('are no paths of gjson by chance, which the plugin would take them for', () => {
    for (const [where, { target }] of queries) {
      expect([where, target.root_selector]).toEqual([where, expect.stringMatching(/^$|^\(\[/)]);
    }
  });
});

describe('Monasca, asked straight', () => {
  const of = (where: string) => {
    const found = infinityQueries().find((query) => query.where === where);
    if (!found) throw new Error(`no query is called ${where}`);
    return found;
  };

  it('has three instances of Orion 1.0 and one of 2.0, however often they beat', async () => {
    const query = of('heartbeat-monasca: Active instances, asked of Monasca itself A');
    const latest = ({ rows }: Frame, version: string) =>
      rows.filter((row) => row['version'] === version).at(-1)?.['active'];
    const frame = await until(
      () => replay(query, { ge: ['Orion'] }),
      (one) => latest(one, '1.0') === 3 && latest(one, '2.0') === 1,
    );
    expect([latest(frame, '1.0'), latest(frame, '2.0')]).toEqual([3, 1]);
  });

  it('knows the same Generic Enablers as the service', async () => {
    const names = (frame: Frame) => frame.rows.map((row) => row['__value']).sort();
    const wanted = ['Cygnus', 'Keyrock', 'Orion', 'Wirecloud'];
    for (const where of ['heartbeat-monasca: variable ge', 'heartbeat-analyst: variable ge']) {
      const frame = await until(
        () => replay(of(where), {}),
        ({ rows }) => rows.length >= 4,
      );
      expect([where, names(frame)]).toEqual([where, wanted]);
    }
  });

  it('differs from the service in what came to Monasca past it', async () => {
    const past = {
      name: 'GE_Heartbeat',
      dimensions: { name: 'Ghost', version: '1', instance: 'g' },
      timestamp: Date.now() - 60_000,
      value: 1,
    };
    const sent = await fetch(`${environment['MONASCA_URL']}/v2.0/metrics`, {
      method: 'POST',
      headers: { ...(await monascaHeaders(environment)), 'content-type': 'application/json' },
      body: JSON.stringify(past),
    });
    expect(sent.status).toBe(204);
    const [query] = infinityQueries().filter(isOfDifferences);
    if (!query) throw new Error('nothing asks for differences');
    const frame = await until(() => replay(query, { ge: ['Ghost'] }), hasMany);
    expect(frame.faults).toEqual([]);
    expect(frame.rows).toEqual([
      expect.objectContaining({ 'Generic Enabler': 'Ghost', 'Service says': 0, 'Monasca says': 1 }),
    ]);
  });

  it('gives no token for a wrong secret', async () => {
    const wrong = { ...environment, OS_APPLICATION_CREDENTIAL_SECRET: 'wrong' };
    await expect(monascaHeaders(wrong)).rejects.toThrow();
  });
});
