import type { Clock } from '../../runtime/clock.ts';
import type { Log } from '../../runtime/log.ts';
import { type QueueReading, readQueue } from '../probes/management-api.ts';
import { createPattern } from '../probes/pattern.ts';
import { notOk, ok, type ProbeResult, runProbe, unknown } from '../probes/probe.ts';
import { createTcpProbe } from '../probes/tcp.ts';
import type { ComponentStatus, PublisherReport } from './message.ts';
import type { PublisherHost, PublisherQueue, PublisherSettings } from './settings.ts';

/** Time limit of a check; the original has it for hosts only. */
const timeoutMs = 5_000;

type RoundOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** One round of all checks, made at the same time; the components are in the order of the file. */
export async function checkAll(
  settings: PublisherSettings,
  options: RoundOptions,
): Promise<Omit<PublisherReport, 'startedAtMs'>> {
  const [hosts, queues] = await Promise.all([
    Promise.all(settings.hosts.map((host) => checkHost(host, options))),
    Promise.all(settings.queues.map((queue) => checkQueue(queue, settings, options))),
  ]);
  return {
    hosts,
    queues: queues.map(({ queue }) => queue),
    consumers: queues.flatMap(({ consumers }) => consumers),
  };
}

async function checkHost(
  { host, port, name }: PublisherHost,
  { clock, log, signal }: RoundOptions,
): Promise<ComponentStatus> {
  const result = await runProbe(createTcpProbe({ host, port }), {
    timeoutMs,
    late: 'not_ok',
    signal,
  });
  logUnknown(log, name, result);
  return { name, isOk: result.kind === 'ok', checkedAtMs: clock.now() };
}

/**
 * A consumer is OK if one whose tag matches is `up`; a queue if all its consumers are. As in the
 * original, a queue without any is always OK, and a consumer that waits for its turn (single active
 * consumer) is not.
 */
async function checkQueue(
  { queue, listeners }: PublisherQueue,
  { management, broker }: PublisherSettings,
  { clock, log, signal }: RoundOptions,
): Promise<{ queue: ComponentStatus; consumers: ComponentStatus[] }> {
  let reading: QueueReading = { kind: 'missing' };
  const probe = async (limit: AbortSignal) => {
    reading = await readQueue(management, { vhost: broker.vhost, queue }, limit);
    return reading.kind === 'failed' ? unknown(reading.message) : ok;
  };
  if (listeners.length > 0) {
    logUnknown(log, queue, await runProbe(probe, { timeoutMs, late: 'unknown', signal }));
  }
  const checkedAtMs = clock.now();
  const tags = upTags(reading);
  const consumers = listeners.map(({ tag, name }) => {
    const result = tags.some(createPattern(tag)) ? ok : notOk('no consumer');
    return { name, isOk: result.kind === 'ok', checkedAtMs };
  });
  const isOk = consumers.every((consumer) => consumer.isOk);
  return { queue: { name: queue, isOk, checkedAtMs }, consumers };
}

const upTags = (reading: QueueReading): string[] =>
  reading.kind === 'queue'
    ? reading.consumers.filter(({ activity }) => activity === 'up').map(({ tag }) => tag)
    : [];

/** The message has no word for it. */
function logUnknown(log: Log, name: string, result: ProbeResult): void {
  if (result.kind !== 'unknown') return;
  log.warn({ name, reason: result.message }, 'the probe fails: the message says not_ok');
}
