import { setTimeout as delay } from 'node:timers/promises';
import type { PrintedEvents } from './event-log.ts';
import { http } from './http.ts';
import { counted, type Print } from './output.ts';
import type { Incident } from './scenario.ts';
import { type DemoComponent, roles } from './senders/components.ts';
import type { Senders } from './senders/senders.ts';
import { waitUntil } from './wait.ts';

export type Surroundings = {
  readonly senders: Pick<Senders, 'start' | 'end'>;
  readonly events: Pick<PrintedEvents, 'count'>;
  /** Control API of the mock, on the port that stays open during an outage. */
  readonly controlUrl: string;
  /** Returns the number of heartbeats that wait for delivery to Monasca. */
  readonly outboxSize: () => Promise<number>;
  /** Receives, after each outage, how many heartbeats waited. */
  readonly outages: number[];
  readonly print: Print;
  readonly signal: AbortSignal;
};

type Play = (surroundings: Surroundings, forSeconds: number) => Promise<void>;

/** Longest time that a crashed instance stays away if the service never reports it. */
const maxAbsenceMs = 30_000;
const returnAfterReportSeconds = 1.5;

/** Plays each incident at its time; when `signal` aborts, the rest is left out. */
export async function playIncidents(
  incidents: Iterable<Incident>,
  surroundings: Surroundings,
): Promise<void> {
  const { signal, print } = surroundings;
  const startedAtMs = performance.now();
  const orPrint = (error: unknown) => {
    if (!signal.aborted) print('problem', `The incident failed: ${String(error)}`);
  };
  const running: Promise<void>[] = [];
  const start = async () => {
    for (const { kind, atSeconds, forSeconds } of incidents) {
      await pause(atSeconds - (performance.now() - startedAtMs) / 1_000, signal);
      running.push(plays[kind](surroundings, forSeconds).catch(orPrint));
    }
  };
  await start().catch(orPrint);
  await Promise.all(running);
}

const crash: Play = async ({ senders, events, print, signal }) => {
  const instances = await senders.end(roles.crashing, 'crash');
  print('incident', `${label(roles.crashing, instances)} crashes`);
  const reports = () => instances.map((instance) => events.count('down', instance));
  const before = Math.max(...reports());
  await waitUntil(() => Math.min(...reports()) > before, maxAbsenceMs, signal);
  await pause(returnAfterReportSeconds, signal);
  senders.start(roles.crashing, instances);
  print('incident', `${label(roles.crashing, instances)} sends heartbeats again`);
};

const stop: Play = async ({ senders, print, signal }, forSeconds) => {
  const instances = await senders.end(roles.stopping, 'stop');
  print('incident', `${label(roles.stopping, instances)} stops on purpose`);
  await pause(forSeconds, signal);
  const successors = senders.start(roles.stopping);
  print('incident', `${label(roles.stopping, successors)} starts in its place`);
};

const replacement: Play = async ({ senders, print }) => {
  const instances = await senders.end(roles.replaced, 'crash');
  const successors = senders.start(roles.replaced);
  const replaced = label(roles.replaced, instances);
  print('incident', `${replaced} is replaced by ${successors.join()}, without stopping first`);
};

const outage: Play = async ({ controlUrl, outboxSize, outages, print, signal }, forSeconds) => {
  const closePort = (seconds: number) =>
    http.post(`${controlUrl}/faults`, { json: { kind: 'refuse', service: 'monasca', seconds } });
  const seconds = Number(forSeconds.toFixed(1));
  print('incident', `Monasca is unavailable for ${seconds} s: its port is closed`);
  await closePort(forSeconds);
  // The port opens when its time is over; a second, shorter time opens it early.
  await pause(forSeconds, signal).catch(() => closePort(0.01));
  const waiting = await outboxSize();
  outages.push(waiting);
  print('incident', `Monasca is available again; ${counted(waiting, 'heartbeat')} waited for it`);
  const availableAtMs = performance.now();
  await waitUntil(async () => (await outboxSize()) === 0, Number.POSITIVE_INFINITY, signal);
  const tookSeconds = ((performance.now() - availableAtMs) / 1_000).toFixed(1);
  print('incident', `The waiting heartbeats were delivered within ${tookSeconds} s`);
};

const plays: Record<Incident['kind'], Play> = { crash, outage, stop, replacement };

const pause = (seconds: number, signal: AbortSignal): Promise<void> =>
  delay(Math.max(0, seconds * 1_000), undefined, { signal });

const label = ({ name, version }: DemoComponent, instances: readonly string[]): string =>
  `${name} ${version} ${instances.join()}`;
