import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Identity } from '../../service/contract/instance.ts';
import { createLedger } from '../../service/ledger/ledger.ts';
import { type FailPoint, failPointSettings } from '../support/fail-point.ts';
import { openTestStore } from '../support/open-store.ts';
import { createRandom, type Random } from '../support/random.ts';
import { type SpawnedService, spawnService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

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
 * A heartbeat of now, or of some time in the hours before. All are at whole seconds and silences
 * are counted in whole seconds, so that covers often just touch, or just do not.
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
 * Sends random heartbeats in random portions until stopped. What was not acknowledged, though it
 * may have been stored, is sent again; some of what was acknowledged too.
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
    /** Resolves with all that was ever sent: each is acknowledged then. */
    async stop(): Promise<readonly Beat[]> {
      isStopping = true;
      await Promise.all(loops);
      return acknowledged;
    },
  };
}

/** What the presences of an instance have to be, by the plainest means. */
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
  const nobody = {
    identityOf: (): Identity => identities[0] ?? unreachable(),
    refOf: () => undefined,
  };
  const ledger = createLedger({ table, ...nobody, retentionDays: 400, now: Date.now });
  const read = identities.map((identity) =>
    ledger.presencesOf(identity, 0, Number.MAX_SAFE_INTEGER),
  );
  await close();
  return read;
}

function unreachable(): never {
  throw new Error('the ledger knows no refs here');
}

/** Inside a checkpoint: at its parts, between them, and after the last. */
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
  { file: 'store/data-folder.ts', line: 'reading.close();', hit: 1 },
];

describe('The ledger of a service that is killed again and again', () => {
  it('holds exactly the presences that the acknowledged heartbeats make', async () => {
    const seed = Date.now() % 1_000_000;
    const random = createRandom(seed);
    const dataDir = temporaryFolder();
    const settings = { HEARTBEAT_DATA_DIR: dataDir };
    const sending = startSending(random);

    for (const point of boundaries) {
      const current = await spawnService({ ...settings, ...failPointSettings(point) });
      service = current;
      await delay(random.below(600));
      // A stop makes the checkpoint in which it dies.
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
    const beats = await sending.stop();
    await service.kill();
    service = await spawnService(settings);
    await service.stop();

    expect(beats.length).toBeGreaterThan(1_000);
    const expected = identities.map((identity) => presencesOf(beats, identity));
    expect({ seed, presences: await presencesOnDisk(dataDir) }).toEqual({
      seed,
      presences: expected,
    });
    const count = expected.flat().length;
    process.stderr.write(`${beats.length} heartbeats, ${count} presences, 12 kills (${seed})\n`);
  }, 120_000);
});
