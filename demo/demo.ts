import { setTimeout as delay } from 'node:timers/promises';
import type { CloudEvent } from '../service/contract/cloud-event.ts';
import type { Arguments } from './arguments.ts';
import { createEventBook, describeEvent } from './events/book.ts';
import { followEvents } from './events/follow.ts';
import { DemoFailure } from './failure.ts';
import { plannedFates, playFates } from './fates.ts';
import { deployment } from './fleet/components.ts';
import { startFleet } from './fleet/fleet.ts';
import { createTally } from './fleet/tally.ts';
import { plannedIncidents, playIncidents } from './incidents.ts';
import { createJournal } from './journal.ts';
import { createMonasca } from './monasca.ts';
import { silenceTheReplaced } from './quiet.ts';
import { createPostbox } from './receiver.ts';
import { startShow } from './screen/show.ts';
import { addressesOf, type Phase, viewOf } from './screen/view.ts';
import { compare, drained, farewell, received } from './settle.ts';
import { describeLogLine, readLogLine } from './stack/service-log.ts';
import type { Stack } from './stack/stack.ts';
import type { Outcome } from './verdict.ts';
import { startWatch } from './watch.ts';
import { counted } from './wording.ts';

export type Stage = {
  readonly stack: Stack;
  /** Where databases and logs are. */
  readonly folder: string;
  readonly output: NodeJS.WriteStream;
  /** Ends it in order. */
  readonly end: AbortSignal;
};

/** Every step of the end has its own bound; this one is for what nobody thought of. */
const endWithinMs = 120_000;

/** The demo upon a stack that runs, until its time is up or it is ended. */
export async function play(given: Arguments, stage: Stage): Promise<Outcome> {
  const { died } = stage.stack;
  const cast = gather(given, stage);
  const life = new AbortController();
  try {
    const signal = AbortSignal.any([stage.end, life.signal]);
    await Promise.race([timeIsUp(given.forSeconds, signal), died]);
    return await Promise.race([conclude(cast), died, tooLate()]);
  } finally {
    life.abort();
    cast.closeShow();
    void cast.watch.stop();
    void cast.events.stop();
    void cast.fates.stop().then(cast.fleet.stop);
    void cast.incidents.stop();
  }
}

type Cast = ReturnType<typeof gather>;

/**
 * Starts all that takes part:
 *
 *   fates ──▶ fleet ──▶ service ──▶ Monasca ◀── incidents
 *               └▶ tally   ├───▶ watch ◀───┘
 *                    │     ├───▶ events (book, journal)
 *                    │     └───▶ receiver (postbox, journal)
 *                    └──────▶ show ◀──┘
 */
function gather({ forSeconds, hasIncidents }: Arguments, { stack, folder, output }: Stage) {
  const startedAtMs = Date.now();
  const journal = createJournal();
  const tally = createTally();
  const monasca = createMonasca(stack.keystoneUrl, stack.monascaUrl);
  const watch = startWatch(stack.serviceUrl, monasca, startedAtMs, (reason) =>
    journal.say('trouble', `The service cannot be looked at: ${reason}`),
  );
  stack.onServiceLine((text) => {
    const line = readLogLine(text);
    journal.say('service', line ? describeLogLine(line) : text);
  });

  const postbox = createPostbox();
  stack.onReceiverLine((line) => journal.say('receiver', postbox.note(line)));

  const book = createEventBook();
  const onEvent = (event: CloudEvent) => {
    book.note(event);
    postbox.expect(event);
    journal.say(event.data.kind, describeEvent(event), Date.parse(event.time));
  };
  const events = followEvents(stack.serviceUrl, startedAtMs, onEvent, (reason) =>
    journal.say('trouble', `The events cannot be followed: ${reason}`),
  );

  const { pids } = stack;
  journal.say(
    'demo',
    `The mock is process ${pids.mock}, the service process ${pids.service}, the receiver process ${pids.receiver}`,
  );
  if (hasIncidents) {
    silenceTheReplaced(stack.serviceUrl, journal).catch((error: unknown) =>
      journal.say('trouble', `Nothing could be silenced: ${String(error)}`),
    );
  }
  const instances = deployment.reduce((sum, component) => sum + component.instances, 0);
  journal.say('demo', `${counted(instances, 'instance')} of Generic Enablers start to beat`);
  const scene: { phase: Phase } = { phase: 'running' };
  const addresses = addressesOf(stack, folder);
  const view = () => {
    const { sight } = watch;
    const { entries } = journal;
    const { lastAtMs: lastPingAtMs } = stack.selfWatch;
    const times = { nowMs: Date.now(), startedAtMs, forSeconds, lastPingAtMs };
    return viewOf({ ...scene, ...times, tally, sight, addresses, entries });
  };
  const closeShow = startShow(output, view, journal);

  const fleet = startFleet(deployment, {
    serviceUrl: stack.serviceUrl,
    tally,
    onTrouble: ({ kind, detail }) => journal.say('trouble', `A request is ${kind}: ${detail}`),
  });
  const incidents = playIncidents(hasIncidents ? plannedIncidents(forSeconds) : [], {
    controlUrl: `${new URL(stack.keystoneUrl).origin}/mock`,
    journal,
    outbox: () => watch.sight.outbox,
  });
  const fates = playFates(hasIncidents ? plannedFates(forSeconds) : [], { fleet, journal, book });
  return {
    journal,
    tally,
    monasca,
    watch,
    book,
    postbox,
    events,
    scene,
    closeShow,
    fleet,
    fates,
    incidents,
  };
}

/** Ends the fleet, lets the outbox drain and compares what was accepted with what arrived. */
async function conclude(cast: Cast): Promise<Outcome> {
  const { journal, tally, monasca, watch, book, postbox, scene, fleet, fates, incidents } = cast;
  scene.phase = 'goodbye';
  journal.say('demo', 'The fleet says goodbye');
  await Promise.all([fates.stop().then(fleet.stop), incidents.stop()]);
  scene.phase = 'draining';
  journal.say('demo', 'The outbox drains');
  const hasDrained = await drained(watch);
  await farewell(tally, book);
  await received(postbox);
  scene.phase = 'comparing';
  journal.say('demo', 'Every accepted heartbeat is looked for in Monasca');
  const verdict = await compare(tally, watch, monasca);
  const { outboxPeak } = watch.sight;
  return {
    verdict,
    hasDrained,
    outages: incidents.played,
    outboxPeak,
    told: book.counts(),
    receipts: postbox.status(),
  };
}

async function timeIsUp(forSeconds: number | undefined, signal: AbortSignal): Promise<void> {
  const ms = forSeconds === undefined ? 2 ** 31 - 1 : forSeconds * 1_000;
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

async function tooLate(): Promise<never> {
  await delay(endWithinMs, undefined, { ref: false });
  throw new DemoFailure(`The demo did not come to its end within ${endWithinMs / 1_000} s.`);
}
