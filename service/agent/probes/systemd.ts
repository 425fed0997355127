import { type CommandResult, runCommand } from './command.ts';
import { line, notOk, ok, type Probe, type ProbeResult, unknown } from './probe.ts';

/** States of a unit that works. */
const activeStates: ReadonlySet<string> = new Set(['active', 'reloading', 'refreshing']);

/** A unit of systemd that is active. */
export function createSystemdProbe({ unit }: { unit: string }): Probe {
  const properties = 'LoadState,ActiveState,SubState,Result';
  const command = ['systemctl', 'show', `--property=${properties}`, '--', unit];
  return async (signal) => unitResult(await runCommand(command, signal));
}

/** Result of `systemctl show`. It exits with 0 for units that do not exist. */
export function unitResult(result: CommandResult): ProbeResult {
  if (result.kind === 'failed') return unknown(`systemctl: ${result.message}`);
  if (result.code !== 0) return unknown(`systemctl: ${line(result.output)}`);
  const values = new Map(
    result.output.split('\n').map((text): [string, string] => {
      const at = text.indexOf('=');
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
  const active = values.get('ActiveState');
  if (active === undefined) return unknown('systemctl: no state');
  if (activeStates.has(active)) return ok;
  if (values.get('LoadState') === 'not-found') return notOk('no such unit');
  const cause = values.get('Result');
  const why = cause === undefined || cause === 'success' ? '' : `, ${cause}`;
  return notOk(`${active} (${values.get('SubState') ?? ''}${why})`);
}
