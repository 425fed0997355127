import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { z } from 'zod';
import type { CommandContext } from '../command.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import type { Remote } from '../remote/remote.ts';
import type { RequestQuery } from '../remote/request.ts';
import { safeJson, safeLine } from './safe-text.ts';
import type { Screen } from './screen.ts';

/** The service sends at least a comment every 15 s. */
const timeoutSeconds = 45;
const minPauseMs = 500;
const maxPauseMs = 15_000;

/** A stream of the service, and how its entries are printed in a terminal. */
export type Followed<T> = {
  readonly path: string;
  readonly schema: z.ZodType<T>;
  formatEntry(entry: T, screen: Screen): string;
};

/**
 * Prints the entries of a stream as they occur. After an interruption it continues after the last
 * one: none is lost or printed twice, even if the service was restarted meanwhile.
 */
export async function printStream<T>(
  context: CommandContext<{ until?: string; limit?: number }>,
  { path, schema, formatEntry }: Followed<T>,
): Promise<never> {
  const { remote, screen, format, options } = context;
  const { follow: _, ...query } = context.query;
  if (options.until !== undefined || options.limit !== undefined) {
    throw new CliFailure(exitCodes.usage, '--follow has no end: leave out --until and --limit.');
  }
  if (format === 'csv' || format === 'excel')
    throw new CliFailure(exitCodes.usage, '--follow does not print CSV.');
  let lastEventId: string | undefined;
  let pauseMs = 0;
  let isInterrupted = false;
  for (;;) {
    try {
      for await (const { id, data } of openStream(remote, { path, query }, lastEventId)) {
        if (isInterrupted) process.stderr.write('Connected again.\n');
        isInterrupted = false;
        pauseMs = 0;
        if (data !== undefined) {
          const entry = await remote.parse(data, schema);
          await screen.write(
            format === 'table' ? formatEntry(entry, screen) : `${safeJson(entry)}\n`,
          );
        }
        lastEventId = id ?? lastEventId;
      }
    } catch (error) {
      // The first connection has to succeed; later, the service may be unavailable for a time.
      const isTemporary = error instanceof CliFailure && error.exitCode === exitCodes.unavailable;
      if (!isTemporary || lastEventId === undefined) throw error;
      if (!isInterrupted) process.stderr.write(`${safeLine(error.message)} Trying again.\n`);
      isInterrupted = true;
    }
    pauseMs = Math.min(maxPauseMs, Math.max(minPauseMs, pauseMs * 2));
    await delay(pauseMs);
  }
}

type StreamItem = { readonly id?: string; readonly data?: string };

/** Entries of the stream after the one with this id, and positions without an entry. */
async function* openStream(
  remote: Remote,
  { path, query }: { readonly path: string; readonly query: RequestQuery },
  lastEventId: string | undefined,
): AsyncGenerator<StreamItem> {
  const headers = { 'last-event-id': lastEventId };
  const { body } = await remote.open({ path, query, headers, timeoutSeconds }, 'text/event-stream');
  let items: StreamItem[] = [];
  const parser = createParser({
    onId: (id) => items.push({ id }),
    onEvent: ({ data }) => items.push({ data }),
  });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* items;
    items = [];
  }
}
