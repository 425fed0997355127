import type { CommandContext, Listing } from '../command.ts';
import { printRows } from './rows.ts';

/**
 * Prints a log of the service, the oldest entry first: all of the period, or the newest of it where
 * their number is limited. The default period is the last day.
 */
export async function printNewest<Row>(
  context: CommandContext,
  listing: Listing<Row>,
): Promise<void> {
  const { remote, screen, format, limit } = context;
  const order = limit === undefined ? 'ascending' : 'descending';
  const query = { ...context.query, from: context.query['from'] ?? 'now-24h', order };
  const rows = remote.list({ ...listing, query, limit });
  const sorted = limit === undefined ? rows : (await Array.fromAsync(rows)).reverse();
  await printRows(sorted, format, listing, screen);
}
