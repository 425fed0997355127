import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type FakeHsm, startFakeHsm } from '../../support/fake-hsm.ts';
import { hbtdClient, hbtdSettings } from '../../support/hbtd.ts';
import {
  compareWithAllowed,
  type Difference,
  type RecordedScenario,
  readAllowed,
  readScenarios,
  recordedHsm,
  successes,
} from '../../support/hbtd-recordings.ts';
import { type LocalService, type Settings, startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** Time for unexpected messages to arrive: shorter than any threshold. */
const graceSeconds = 1.5;
/** Time for expected ones, on a busy machine. */
const patienceSeconds = 10;

const lastOf = (course: string): string => course.split(', ').at(-1) ?? '';

/** Messages about each component in their order; repetitions of a message count once. */
function courses(messages: readonly { message: string; ids: readonly string[] }[]) {
  const byComponent = new Map<string, string[]>();
  for (const { message, ids } of messages) {
    const short = message.replace(/^.*Heartbeat /, '');
    for (const id of ids) {
      const course = byComponent.get(id) ?? [];
      if (course.at(-1) !== short) course.push(short);
      byComponent.set(id, course);
    }
  }
  return new Map([...byComponent].map(([id, course]) => [id, course.join(', ')]));
}

async function change(hsm: FakeHsm, event: string): Promise<void> {
  if (event === 'HSM closed') return hsm.close();
  if (event === 'HSM open') return hsm.listen();
  const { ready, patch, delay: seconds } = JSON.parse(event.replace('HSM ', ''));
  if (ready !== undefined) hsm.setReady(ready === 200);
  if (patch !== undefined) hsm.answerWith(patch);
  if (seconds !== undefined) hsm.slowDown(seconds * 1_000, 'patches');
}

type Stage = {
  readonly scenario: RecordedScenario;
  readonly hsm: FakeHsm;
  readonly settings: Settings;
  readonly service: LocalService;
};

/** Starts what a scenario needs. */
async function prepare(scenario: RecordedScenario): Promise<Stage> {
  const { warn, err, interval } = scenario;
  const hsm = await startFakeHsm();
  hsm.answerWith(200);
  const settings = {
    ...hbtdSettings,
    HEARTBEAT_DATA_DIR: temporaryFolder(),
    HBTD_SM_URL: hsm.url,
    HBTD_WARNTIME: String(warn),
    HBTD_ERRTIME: String(err),
    HBTD_INTERVAL: String(interval),
    HBTD_USE_TELEMETRY: '0',
    HEARTBEAT_DELIVERY_BACKOFF_MAX_MS: '500',
  };
  return { scenario, hsm, settings, service: await startService(settings) };
}

/** Replays a scenario in real time; returns the differences. */
async function replay(stage: Stage): Promise<Difference[]> {
  const { scenario, hsm, settings } = stage;
  const { name, steps } = scenario;
  let { service } = stage;
  const { ask } = hbtdClient(() => service.hbtdPort);
  await ask('PATCH', 'params', { Kv_url: 'mem:' });
  const differences: Difference[] = [];
  // As in the recordings, thresholds of whole seconds are evaluated half a second later.
  await delay(500);
  const beganAt = performance.now();
  const untilSecond = (at: number) => delay(Math.max(0, beganAt + at * 1_000 - performance.now()));

  for (const { at, event, request: [method = '', path = '', body] = [], response } of steps) {
    await untilSecond(at);
    if (event === 'SIGTERM') await service.stop();
    else if (event === 'start') service = await startService(settings);
    else if (event !== undefined) await change(hsm, event);
    else {
      const answer = await ask(method, path, body);
      const text = answer.body
        .replaceAll(hsm.url, recordedHsm)
        .replace('"Port":"0"', '"Port":"28500"');
      const [hbtd, here] = [response?.join(' '), [answer.status, text].join(' ')];
      const part = `${path.replace('/hmi/v1/', '')} at ${at}`;
      if (hbtd !== here)
        differences.push({ name, part, hbtd: String(hbtd).trim(), here: here.trim() });
    }
  }
  const hbtd = courses(scenario.hsm.filter(({ status }) => successes.has(status)));
  const received = () =>
    courses(
      hsm.patches.map(({ ComponentIDs, ExtendedInfo }) => ({
        message: ExtendedInfo.Message,
        ids: ComponentIDs,
      })),
    );
  const isComplete = () => {
    const here = received();
    return [...hbtd].every(([part, course]) => here.get(part)?.endsWith(lastOf(course)) ?? true);
  };
  const lastAt = Math.max(steps.at(-1)?.at ?? 0, scenario.hsm.at(-1)?.at ?? 0);
  for (let grace = graceSeconds; ; grace += 0.25) {
    await untilSecond(lastAt + grace);
    if (isComplete() || grace > patienceSeconds) break;
  }
  const here = received();
  await service.stop();
  await hsm.stop();

  for (const part of new Set([...hbtd.keys(), ...here.keys()])) {
    const both = { hbtd: hbtd.get(part) ?? '', here: here.get(part) ?? '' };
    if (both.hbtd !== both.here) differences.push({ name, part, ...both });
  }
  return differences;
}

describe('Recorded sequences of hbtd', () => {
  it('differ in what the README of the profile lists, and in nothing else', async () => {
    const scenarios = readScenarios();
    expect(scenarios).toHaveLength(18);
    const allowed = readAllowed('Recorded sequences that differ');
    const isAllowed = ({ name }: RecordedScenario, found: readonly Difference[]) => {
      const rows = allowed.filter(({ names }) => names.includes(name));
      const { unlisted, unused } = compareWithAllowed(found, rows);
      return unlisted.length + unused.length === 0;
    };
    const stages = await Promise.all(scenarios.map(prepare));
    const first = await Promise.all(
      stages.map(async (stage) => ({ scenario: stage.scenario, found: await replay(stage) })),
    );
    // A busy machine shifts times: what differs is replayed once more, one after the other.
    const differences: Difference[] = [];
    for (const { scenario, found } of first) {
      differences.push(
        ...(isAllowed(scenario, found) ? found : await replay(await prepare(scenario))),
      );
    }
    expect(compareWithAllowed(differences, allowed)).toEqual({ unlisted: [], unused: [] });
  }, 300_000);
});
