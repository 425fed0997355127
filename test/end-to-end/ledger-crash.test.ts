import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Identity } from '../../service/contract/instance.ts';
import { createLedger } from '../../service/ledger/ledger.ts';
import { type FailPoint, failPointSettings } from '../support/fail-point.ts';
import { openTestStore } from '../support/open-store.ts';
import { createRandom, type Random } from '../support/random.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

type Beat = Identity & {
  readonly timestamp: number;
  readonly interval: number;
  readonly status?: 'stopping';
};

const hourMs = 3_600_000;
const identities: Identity[] = ['a', 'b', 'c', 'd', 'e', 'f'].flatMap((instance) => [
  { name: 'Orion', version: '1.0', instance },
  { name: 'Cygnus', version: '2.0', instance },
]);

let service: SpawnedService | undefined;
let isOver = false;

afterEach(async () => {
  isOver = true;
  await service?.kill();
});

/**
 * A heartbeat of now, or of a time in the hours before. Times and thresholds are whole seconds, so
 * that presences often just touch, or just do not.
 */
function anyBeat(random: Random, nowMs: number): Beat {
  const agoSeconds = random.chance(0.2) ? random.below(3) : random.below((6 * hourMs) / 1_000);
  return {
    ...random.pick(identities),
    timestamp: Math.floor(nowMs / 1_000 - agoSeconds) * 1_000,
    interval: random.pick([1, 2, 5, 10]),
    ...(random.chance(0.03) ? { status: 'stopping' as const } : {}),
  };
}

/**
 * Sends random heartbeats in random portions until stopped. Sends again the heartbeats that were not
 * acknowledged, though some may be stored, and some of the acknowledged ones.
 */
function startSending(random: Random) {
  const acknowledged: Beat[] = [];
  let unacknowledged: Beat[] = [];
  let isStopping = false;

  function take(): Beat[] {
    const again = unacknowledged.splice(0, 40);
    if (isStopping) return again;
    const fresh = Array.from({ length: 1 + random.below(20) }, () => anyBeat(random, Date.now()));
    const twice = acknowledged.length > 0 && random.chance(0.3) ? [random.pick(acknowledged)] : [];
    return [...fresh, ...again, ...twice];
  }

  async function post(beats: Beat[]): Promise<void> {
    try {
      const answer = await fetch(`${service?.url}/api/v1/heartbeats`, {
        method: 'POST',
        body: JSON.stringify(beats),
        signal: AbortSignal.timeout(10_000),
      });
      await answer.arrayBuffer();
      if (answer.status !== 202) throw new Error(`answered ${answer.status}`);
      acknowledged.push(...beats);
    } catch {
      unacknowledged = [...unacknowledged, ...beats];
      await delay(20);
    }
  }

  const loops = Array.from({ length: 4 }, async () => {
    while (!isOver && (!isStopping || unacknowledged.length > 0)) {
      await post(take());
      await delay(random.below(10));
    }
  });
  return {
    acknowledged: () => acknowledged.length,
    /** Stops, and resolves with all heartbeats when each is acknowledged. */
    async stop(): Promise<readonly Beat[]> {
      isStopping = true;
      await Promise.all(loops);
      return acknowledged;
    },
  };
}

/** The presences that the heartbeats of an instance make, computed in the simplest way. */
function presencesOf(beats: readonly Beat[], { name, instance }: Identity) {
  const covers = beats
    .filter((beat) => beat.name === name && beat.instance === instance)
    .map(({ timestamp, interval, status }) => ({
      fromMs: timestamp,
      reachMs: timestamp + (status === 'stopping' ? 0 : 4 * interval * 1_000),
    }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const presences: { fromMs: number; toMs: number; reachMs: number }[] = [];
  for (const { fromMs, reachMs } of covers) {
    const last = presences.at(-1);
    if (last && fromMs <= last.reachMs) {
      last.toMs = fromMs;
      last.reachMs = Math.max(last.reachMs, reachMs);
    } else {
      presences.push({ fromMs, toMs: fromMs, reachMs });
    }
  }
  return presences;
}

async function presencesOnDisk(dataDir: string) {
  const { presences: table, close } = await openTestStore(dataDir);
  const noRegistry = {
    identityOf: (): Identity => identities[0] ?? unreachable(),
    refOf: () => undefined,
  };
  const ledger = createLedger({ table, ...noRegistry, retentionDays: 400, now: Date.now });
  const read = identities.map((identity) =>
    ledger.presencesOf(identity, 0, Number.MAX_SAFE_INTEGER),
  );
  await close();
  return read;
}

function unreachable(): never {
  throw new Error('the ledger knows no refs here');
}

/** Lines inside a checkpoint: in its parts, between them, and after the last. */
const boundaries: FailPoint[] = [
  { file: 'ledger/checkpoint.ts', line: 'ref = await this.#writePortion(ref, refs);', hit: 1 },
  {
    file: 'ledger/checkpoint.ts',
    line: 'for (const given of refs) newest.written(given);',
    hit: 1,
  },
  { file: 'ledger/checkpoint.ts', line: 'await this.#writeBacklog();', hit: 1 },
  { file: 'ledger/checkpoint.ts', line: 'for (const { identity, covers } of works)', hit: 1 },
  { file: 'liveness/observer.ts', line: 'recorded = seq;', hit: 1 },
  { file: 'liveness/change-queue.ts', line: "return this.flush('checkpoint');", hit: 1 },
  { file: 'store/file/data-folder.ts', line: 'reading.close();', hit: 1 },
];

describe('The ledger of a service that is killed repeatedly', () => {
  it('has exactly the presences of the acknowledged heartbeats', async () => {
    const seed = Date.now() % 1_000_000;
    const random = createRandom(seed);
    const dataDir = temporaryFolder();
    const settings = { HEARTBEAT_DATA_DIR: dataDir };
    const sending = startSending(random);

    for (const point of boundaries) {
      const current = await spawnService({ ...settings, ...failPointSettings(point) });
      service = current;
      await delay(random.below(600));
      // It dies in the checkpoint of its stop.
      expect(await current.stop()).toMatchObject({ signal: 'SIGKILL' });
    }
    for (let round = 0; round < 6; round++) {
      service = await spawnService(settings);
      await delay(random.below(800));
      if (random.chance(0.5)) {
        process.kill(service.pid, 'SIGTERM');
        await delay(random.below(60));
      }
      await service.kill();
    }
    service = await spawnService(settings);
    // On a slow machine the kills leave little time to send.
    await until(() => sending.acknowledged() > 1_000, { withinMs: 60_000 });
    const beats = await sending.stop();
    await service.kill();
    service = await spawnService(settings);
    await service.stop();

    const expected = identities.map((identity) => presencesOf(beats, identity));
    expect({ seed, presences: await presencesOnDisk(dataDir) }).toEqual({
      seed,
      presences: expected,
    });
    const count = expected.flat().length;
    process.stderr.write(`${beats.length} heartbeats, ${count} presences, 12 kills (${seed})\n`);
  }, 180_000);
});
