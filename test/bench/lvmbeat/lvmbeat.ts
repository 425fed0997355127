import type { BenchOptions } from '../options.ts';
import { median } from '../report/median.ts';
import { progress } from '../report/progress.ts';
import { atLeast, atMost, type Section } from '../report/report.ts';
import { measureCommands } from './commands.ts';
import { measureRelays } from './relays.ts';

/** Relays, and the actor of lvmbeat beside the real one. */
export async function lvmbeat(options: BenchOptions): Promise<Section> {
  const relays = [];
  for (let round = 0; round < options.rounds; round++) {
    progress(`relays, round ${round + 1} of ${options.rounds}`);
    relays.push(await measureRelays(options));
  }
  progress('commands of the actor');
  const commands = await measureCommands(options);
  return {
    name: 'lvmbeat',
    title: 'Relays, and the actor of lvmbeat',
    rows: relays.map((one) => ({
      emissions: one.emissions,
      'p50 ms': one.p50Ms,
      'p99 ms': one.p99Ms,
      'max ms': one.maxMs,
      'close after ms': one.closeMs,
      'heartbeats/s beside': one.besidePerSecond,
    })),
    comparison: commands.rows,
    targets: [
      atMost('p99 ms from the heartbeat to the emission', median(relays.map((r) => r.p99Ms)), 20),
      atMost(
        'ms from stale to closed, at most',
        Math.max(...relays.map(({ closeMs }) => closeMs)),
        1_000,
      ),
      atLeast('set commands/s ÷ real actor', commands.ratio, 5),
    ],
    notes: [
      'Each of 20 relays on arrival has a source of its own that sends every 1.5 s, beside 1,000 other heartbeats a second. The latency is from the beginning of the request to the receipt at the target.',
      commands.note,
    ],
  };
}
