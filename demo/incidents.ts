import { setTimeout as delay } from 'node:timers/promises';
import type { Journal } from './journal.ts';
import { counted } from './wording.ts';

/** A time in which Monasca is away; all in seconds, `atSeconds` since the demo began. */
export type Incident = { readonly atSeconds: number; readonly awaySeconds: number };

const everySeconds = 30;
const usual: Incident = { atSeconds: 10, awaySeconds: 8 };
/** What a backlog may need to drain before the demo ends, beside the time of the outage itself. */
const drainSeconds = 5;

/** The incidents of a demo of so many seconds, or without an end; a short one has a short one. */
export function* plannedIncidents(forSeconds = Number.POSITIVE_INFINITY): Generator<Incident> {
  const first = {
    atSeconds: Math.min(usual.atSeconds, forSeconds * 0.25),
    awaySeconds: Math.min(usual.awaySeconds, forSeconds * 0.3),
  };
  yield first;
  for (let atSeconds = first.atSeconds + everySeconds; ; atSeconds += everySeconds) {
    if (atSeconds + usual.awaySeconds + drainSeconds > forSeconds) return;
    yield { ...usual, atSeconds };
  }
}

export type Incidents = {
  readonly played: number;
  /** Plays no more; one that is on ends now. */
  stop(): Promise<void>;
};

type Stage = {
  /** The mock's control on the port that stays open. */
  readonly controlUrl: string;
  readonly journal: Journal;
  /** How many heartbeats wait. */
  readonly outbox: () => number;
};

/** Plays incidents one after the other and tells the journal of each and of its aftermath. */
export function playIncidents(plan: Iterable<Incident>, stage: Stage): Incidents {
  const { controlUrl, journal, outbox } = stage;
  const startedAtMs = performance.now();
  const life = new AbortController();
  const { signal } = life;
  let played = 0;

  const pauseUntil = (atSeconds: number) =>
    delay(Math.max(0, startedAtMs + atSeconds * 1_000 - performance.now()), undefined, { signal });

  const play = async ({ atSeconds, awaySeconds }: Incident) => {
    await pauseUntil(atSeconds);
    const seconds = Number(awaySeconds.toFixed(1));
    journal.say('incident', `Monasca goes away for ${seconds} s: its port is closed`);
    await closePort(controlUrl, awaySeconds);
    played += 1;
    await pauseUntil(atSeconds + awaySeconds).catch(async () => {
      // A closed port opens when its time is over: this shortens it.
      await closePort(controlUrl, 0.01);
    });
    journal.say('incident', `Monasca is back; ${counted(outbox(), 'heartbeat')} waited for it`);
    const backAtMs = performance.now();
    while (outbox() > 0) await delay(100, undefined, { signal });
    const tookSeconds = ((performance.now() - backAtMs) / 1_000).toFixed(1);
    journal.say('incident', `The outbox is empty again, ${tookSeconds} s later`);
  };

  const run = async () => {
    for (const incident of plan) await play(incident);
  };
  const over = run().catch((error: unknown) => {
    if (!signal.aborted) journal.say('trouble', `The incident failed: ${String(error)}`);
  });

  return {
    get played() {
      return played;
    },
    stop() {
      life.abort();
      return over;
    },
  };
}

async function closePort(controlUrl: string, seconds: number): Promise<void> {
  const answer = await fetch(`${controlUrl}/faults`, {
    method: 'POST',
    body: JSON.stringify({ kind: 'refuse', service: 'monasca', seconds }),
    signal: AbortSignal.timeout(5_000),
  });
  if (answer.status !== 201) throw new Error(`the mock answers ${answer.status}`);
  await answer.body?.cancel();
}
