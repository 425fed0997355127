import { cloudEvent } from '../contract/cloud-event.ts';
import type { LivenessEvent } from '../contract/event.ts';
import type { Destination } from '../contract/outcome.ts';
import { isoTime } from '../contract/values/iso-time.ts';
import type { EventLog } from '../store/events/event-log.ts';
import type { Command, RedisConnection, RedisTarget } from './connection.ts';
import { changesKey, componentKeyOf, instanceKeyOf } from './keys.ts';

type Options = Pick<RedisTarget, 'prefix' | 'ttlSeconds' | 'maxChanges'> & {
  readonly connection: Pick<RedisConnection, 'send'>;
};

/**
 * Writes the states that events report, and then a message for each event to the stream. So a reader of
 * a message finds the state of that message, or a newer one. The messages are sent when all states are
 * written: a batch that is rejected and halved has sent none of them.
 */
export function createChangeSink(options: Options): Destination<LivenessEvent> {
  const { connection, prefix, maxChanges } = options;

  const message = (event: LivenessEvent): Command => ({
    command: 'XADD',
    args: [
      ...[prefix + changesKey, 'MAXLEN', '~', maxChanges, '*'],
      ...['id', event.id, 'kind', event.kind, 'event', JSON.stringify(cloudEvent(event))],
    ],
  });

  return async (batch, signal) => {
    const states = await connection.send(
      batch.flatMap((event) => stateOf(event, options)),
      signal,
    );
    return states.kind === 'delivered' ? connection.send(batch.map(message), signal) : states;
  };
}

/** Most events that are read, and written, at a time. */
const restoredTogether = 1_000;

/** Writes the states that all events in the log report, for a Redis that has none of them. */
export async function restoreStates(
  log: Pick<EventLog, 'read' | 'head'>,
  target: Pick<Options, 'prefix' | 'ttlSeconds'>,
  send: (commands: readonly Command[]) => Promise<void>,
): Promise<void> {
  const head = log.head();
  for (let seq = 0; seq < head; ) {
    const { firstSeq, records } = log.read(seq, restoredTogether);
    if (records.length === 0) return;
    await send(records.flatMap((event) => stateOf(event, { ...target, isRestored: true })));
    seq = firstSeq + records.length - 1;
  }
}

/** The write of the state that an event reports; none for events without a state. */
function stateOf(
  event: LivenessEvent,
  options: Pick<Options, 'prefix' | 'ttlSeconds'> & { readonly isRestored?: true },
): Command[] {
  const { prefix, ttlSeconds = 0, isRestored } = options;
  const { id, atMs, kind, subject, state, data } = event;
  if (subject === undefined || kind === 'component.never_seen') return [];
  const { name, version } = subject;
  if ('instance' in subject) {
    if (state === undefined) return [];
    const identity = [name, version, subject.instance];
    const args = [ttlSeconds, ...identity, state, isoTime(atMs), id, isRestored ? 1 : 0];
    const keys = [prefix + componentKeyOf(subject), prefix + instanceKeyOf(subject)];
    return [{ script: 'state', keys, args }];
  }
  const health = data?.['health'];
  if (typeof health !== 'string') return [];
  const keys = [prefix + componentKeyOf(subject)];
  return [{ script: 'health', keys, args: [ttlSeconds, name, version, health] }];
}
