import { z } from 'zod';
import { type RelayResponse, relaySchema } from '../contract/relays/relay.ts';
import type { CliCommand, CommandContext } from './command.ts';
import { parseSeconds } from './commands/silences.ts';
import type { RowOutput } from './output/rows.ts';
import { printRows } from './output/rows.ts';

const path = '/api/v1/relays';
const bypassPath = (name: string): string => `${path}/${encodeURIComponent(name)}/bypass`;

/** Lists relays, and holds their gates open. */
export function addRelaysCommand(program: CliCommand): void {
  const relays = program
    .command('relays')
    .description('list relays and why a gate is closed, or hold one open for a time');
  relays
    .command('list', { isDefault: true })
    .description('list relays: each gate, open or why not')
    .format()
    .onService(listRelays)
    .examples('ge-heartbeat relays', 'ge-heartbeat relays list --format csv');
  relays
    .command('bypass')
    .description('hold a gate open for a time, whatever its sources')
    .argument('<name>', 'name of the relay')
    .requiredOption('--for <duration>', 'duration: 90s, 30m, 2h', parseSeconds)
    .requiredOption('--reason <text>', 'reason, for other operators')
    .format()
    .onService(async (context: CommandContext<BypassOptions>, name: string) => {
      const { remote, screen, format, options } = context;
      const body = { durationSeconds: options.for, reason: options.reason };
      const request = { method: 'POST', path: bypassPath(name), body } as const;
      await printRows([await remote.request(request, relaySchema.loose())], format, output, screen);
    });
  relays
    .command('end-bypass')
    .description('end a bypass now')
    .argument('<name>', 'name of the relay')
    .onService(async ({ remote, screen }: CommandContext, name: string) => {
      await remote.command({ method: 'DELETE', path: bypassPath(name) });
      await screen.write('The bypass has ended.\n');
    });
}

type BypassOptions = { for: number; reason: string };

async function listRelays({ remote, screen, format }: CommandContext): Promise<void> {
  const schema = z.object({ relays: z.array(relaySchema.loose()) }).loose();
  const { relays } = await remote.request({ path }, schema);
  await printRows(relays, format, output, screen);
}

const output: RowOutput<RelayResponse> = {
  fields: [
    { key: 'name', kind: 'id' },
    { key: 'state', kind: 'state' },
    { key: 'since', kind: 'time' },
    { key: 'bypass', title: 'bypassed until', kind: 'time', value: ({ bypass }) => bypass?.until },
    { key: 'lastEmitted', title: 'last emitted', kind: 'time' },
    { key: 'target' },
    { key: 'lastError', title: 'last error' },
    { key: 'reasons', value: ({ reasons }) => reasons.join(' ') },
  ],
  empty: 'No relays.',
};
