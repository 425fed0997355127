import { setTimeout as delay } from 'node:timers/promises';
import type { Arguments } from './arguments.ts';
import { deployment } from './fleet/components.ts';
import { startFleet } from './fleet/fleet.ts';
import { createTally } from './fleet/tally.ts';
import { plannedIncidents, playIncidents } from './incidents.ts';
import { createJournal } from './journal.ts';
import { createMonasca } from './monasca.ts';
import { startShow } from './screen/show.ts';
import { addressesOf, guestsOf, type Phase, rowsOf, type View } from './screen/view.ts';
import { describeLogLine, readLogLine } from './service-log.ts';
import { compare, drained } from './settle.ts';
import type { Stack } from './stack.ts';
import type { Verdict } from './verdict.ts';
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

/**
 * The demo upon a stack that runs:
 *
 *   fleet ──▶ service ──▶ Monasca ◀── incidents
 *     └▶ tally   └───▶ watch ◀───┘
 *          └──────▶ view ◀──┘ ──▶ show;  at the end: tally = Monasca? ──▶ verdict
 */
export async function play(
  { forSeconds, hasIncidents }: Arguments,
  { stack, folder, output, end }: Stage,
): Promise<Verdict> {
  const startedAtMs = Date.now();
  const journal = createJournal();
  const tally = createTally();
  const monasca = createMonasca(stack.keystoneUrl, stack.monascaUrl);
  const watch = startWatch(stack.serviceUrl, monasca, startedAtMs);
  stack.onServiceLine((text) => {
    const line = readLogLine(text);
    journal.say('service', line ? describeLogLine(line) : text);
  });

  let phase: Phase = 'running';
  const view = (): View => {
    const nowMs = Date.now();
    const { sight } = watch;
    return {
      ...{ nowMs, startedAtMs, forSeconds, phase, sight },
      rows: rowsOf(tally, sight, nowMs),
      guests: guestsOf(sight),
      addresses: addressesOf(stack, folder),
      entries: journal.entries,
    };
  };

  const instances = deployment.reduce((sum, component) => sum + component.instances, 0);
  journal.say('demo', `${counted(instances, 'instance')} of Generic Enablers start to beat`);
  const closeShow = startShow(output, view, journal);
  const { serviceUrl, keystoneUrl } = stack;
  const fleet = startFleet(deployment, {
    serviceUrl,
    tally,
    onTrouble: ({ kind, detail }) => journal.say('trouble', `A request is ${kind}: ${detail}`),
  });
  const incidents = playIncidents(hasIncidents ? plannedIncidents(forSeconds) : [], {
    controlUrl: `${new URL(keystoneUrl).origin}/mock`,
    journal,
    outbox: () => watch.sight.outbox,
  });

  const course = async () => {
    await timeIsUp(forSeconds, end);
    phase = 'goodbye';
    journal.say('demo', 'The fleet says goodbye');
    await Promise.all([fleet.stop(), incidents.stop()]);
    phase = 'draining';
    journal.say('demo', 'The outbox drains');
    if (!(await drained(watch))) {
      journal.say('trouble', `The outbox still holds ${counted(watch.sight.outbox, 'heartbeat')}`);
    }
    phase = 'comparing';
    journal.say('demo', 'Every accepted heartbeat is looked for in Monasca');
    return compare(tally, watch, monasca);
  };
  try {
    return await Promise.race([course(), stack.died]);
  } finally {
    closeShow();
    void watch.stop();
    void fleet.stop();
    void incidents.stop();
  }
}

async function timeIsUp(forSeconds: number | undefined, end: AbortSignal): Promise<void> {
  const ms = forSeconds === undefined ? 2 ** 31 - 1 : forSeconds * 1_000;
  await delay(ms, undefined, { signal: end }).catch(() => undefined);
}
