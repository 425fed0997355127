import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jsonata from 'jsonata';
import { withPlainText } from '../../grafana/queries/monasca.ts';
import { sourceUids } from '../../grafana/sources/names.ts';
import { encodeDimensionValue } from '../../service/monasca/dimension-value.ts';
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
/** Environment of Grafana, to which the provisioned data sources refer. */
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
  const response = await fetch(address, { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${address}: ${response.status} ${text}`);
  return frameOf(filled, JSON.parse(text));
}

/** Runs a query until its result suffices: delivery to Monasca takes a moment. */
async function until(
  run: () => Promise<Frame>,
  isEnough: (frame: Frame) => boolean,
): Promise<Frame> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const frame = await run();
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
    // Known to the mock from the start.
    OS_APPLICATION_CREDENTIAL_ID: 'grafana',
    OS_APPLICATION_CREDENTIAL_SECRET: 'grafana-secret',
  };
}, 30_000);

afterAll(() => scenario?.stop());

/** True for the query whose result is empty while all is well. */
const isOfDifferences = ({ target }: Query) =>
  target.url_options.params.some(({ key }) => key === 'compare');
const queries = infinityQueries()
  .filter((query) => !isOfDifferences(query))
  .map((query) => [query.where, query] as const);
const hasMany = ({ rows }: Frame) => rows.length > 0;

describe('Infinity queries', () => {
  it.each(queries)('%s: the result has its columns, and rows that ascend', async (_, query) => {
    const frame = await until(() => replay(query, {}), hasMany);
    expect(frame.faults).toEqual([]);
    expect(frame.rows).not.toEqual([]);
  });

  it.each(queries)(
    '%s works with two Generic Enablers, and with an unknown one',
    async (_, query) => {
      const some = await replay(query, { ge: ['Orion', 'Cygnus'] });
      expect(some.faults).toEqual([]);
      const none = await replay(query, { ge: ['no.such(one)/here'] });
      expect(none.faults).toEqual([]);
      const isFiltered = query.target.root_selector.includes('contains');
      if (isFiltered) expect(none.rows).toEqual([]);
    },
  );

  it('are never paths of gjson, which the plugin tries first', () => {
    for (const [where, { target }] of queries) {
      expect([where, target.root_selector]).toEqual([where, expect.stringMatching(/^$|^\(\[/)]);
    }
  });
});

describe('withPlainText', () => {
  it('decodes what the service encodes', async () => {
    const texts = [`<>={},'"\\;&|%`, '%22 %2522', 'Orion 1.0', '%'];
    const rows = texts.map((text) => ({ value: encodeDimensionValue(text) }));
    const decoded = await jsonata(withPlainText('rows.$plain(value)')).evaluate({ rows });
    expect([...decoded]).toEqual(texts);
  });
});

describe('queries directly to Monasca', () => {
  const of = (where: string) => {
    const found = infinityQueries().find((query) => query.where === where);
    if (!found) throw new Error(`no query is called ${where}`);
    return found;
  };

  it('count three instances of Orion 1.0 and one of 2.0, however many heartbeats they send', async () => {
    const query = of('heartbeat-monasca: Active instances, directly from Monasca A');
    const latest = ({ rows }: Frame, version: string) =>
      rows.filter((row) => row['version'] === version).at(-1)?.['active'];
    const frame = await until(
      () => replay(query, { ge: ['Orion'] }),
      (one) => latest(one, '1.0') === 3 && latest(one, '2.0') === 1,
    );
    expect([latest(frame, '1.0'), latest(frame, '2.0')]).toEqual([3, 1]);
  });

  it('find the same Generic Enablers as the service', async () => {
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

  it('find a Generic Enabler whose name Monasca cannot store, in every panel of the dashboard', async () => {
    const name = '"q" {x}, \\y %22';
    const sent = await fetch(`${scenario.url}/api/v1/heartbeats`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, version: '1', instance: 'i;1' }),
    });
    expect(sent.status).toBe(202);
    const listed = await until(
      () => replay(of('heartbeat-monasca: variable ge'), {}),
      ({ rows }) => rows.some((row) => row['__value'] === name),
    );
    expect(listed.rows).toContainEqual({ __text: name, __value: name });
    const panels = infinityQueries().filter(
      (query) =>
        query.dashboard.uid === 'heartbeat-monasca' &&
        query.kind === 'panel' &&
        !isOfDifferences(query),
    );
    expect(panels).toHaveLength(5);
    for (const query of panels) {
      const { rows } = await until(() => replay(query, { ge: [name] }), hasMany);
      const names = new Set(rows.map((row) => row['name'] ?? row['Generic Enabler']));
      expect([query.where, ...names]).toEqual([query.where, name]);
    }
  });

  it('differ from the service in a metric that bypassed it', async () => {
    const bypassing = {
      name: 'GE_Heartbeat',
      dimensions: { name: 'Ghost', version: '1', instance: 'g' },
      timestamp: Date.now() - 60_000,
      value: 1,
    };
    const sent = await fetch(`${environment['MONASCA_URL']}/v2.0/metrics`, {
      method: 'POST',
      headers: { ...(await monascaHeaders(environment)), 'content-type': 'application/json' },
      body: JSON.stringify(bypassing),
    });
    expect(sent.status).toBe(204);
    const [query] = infinityQueries().filter(isOfDifferences);
    if (!query) throw new Error('no query is for differences');
    const frame = await until(() => replay(query, { ge: ['Ghost'] }), hasMany);
    expect(frame.faults).toEqual([]);
    expect(frame.rows).toEqual([
      expect.objectContaining({ 'Generic Enabler': 'Ghost', Ledger: 0, Monasca: 1 }),
    ]);
  });

  it('get no token for a wrong secret', async () => {
    const wrong = { ...environment, OS_APPLICATION_CREDENTIAL_SECRET: 'wrong' };
    await expect(monascaHeaders(wrong)).rejects.toThrow();
  });
});
