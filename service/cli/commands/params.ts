import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { CliFailure, exitCodes } from '../failure.ts';
import { each, show, type View } from '../output/show.ts';
import {
  examples,
  openSession,
  type RemoteOptions,
  type Session,
  withFormat,
  withRemote,
} from '../remote/options.ts';

const path = '/api/v1/params';
const valuesSchema = z.record(z.string(), z.unknown());

export function addParamsCommand(program: Command): void {
  const params = program
    .command('params')
    .description('what can be changed while the service runs: thresholds, tick, log level');

  const get = params
    .command('get')
    .description('the values in use; of one, its value alone')
    .argument('[name]', 'of the parameter');
  withRemote(withFormat(get)).action(async (name: string | undefined, options: RemoteOptions) => {
    const session = openSession(options);
    const values = await session.remote.ask({ path }, valuesSchema);
    if (name === undefined) await showValues(values, session);
    else await session.screen.write(`${valueNamed(values, name)}\n`);
  });
  examples(get, ['ge-heartbeat params get', 'ge-heartbeat params get downSeconds']);

  const set = params
    .command('set')
    .description('change some, all or none of them; what is changed is kept')
    .argument('<name=value...>', 'what shall be what', assignment);
  withRemote(withFormat(set)).action(
    async (body: Record<string, unknown>, options: RemoteOptions) => {
      const session = openSession(options);
      await showValues(
        await session.remote.ask({ method: 'PATCH', path, body }, valuesSchema),
        session,
      );
    },
  );
  examples(set, ['ge-heartbeat params set lateSeconds=60 downSeconds=180']);
}

function valueNamed(values: Readonly<Record<string, unknown>>, name: string): string {
  if (Object.hasOwn(values, name)) return String(values[name]);
  const known = Object.keys(values).join(', ');
  throw new CliFailure(exitCodes.usage, `There is no parameter ${name}; there are ${known}.`);
}

/** Numbers are meant as such. */
function assignment(text: string, before: Record<string, unknown> | undefined) {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected name=value.');
  const value = text.slice(at + 1);
  return { ...before, [text.slice(0, at)]: /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value };
}

async function showValues(
  values: Readonly<Record<string, unknown>>,
  { format, screen }: Session,
): Promise<void> {
  const rows = Object.entries(values).map(([name, value]) => ({ name, value: String(value) }));
  if (format === 'table' || format === 'csv') await show(each(rows), format, view, screen);
  else await screen.write(`${JSON.stringify(values)}\n`);
}

const view: View<{ readonly name: string; readonly value: string }> = {
  columns: [
    { title: 'parameter', text: ({ name }) => name },
    { title: 'value', align: 'right', text: ({ value }) => value },
  ],
  cells: { name: ({ name }) => name, value: ({ value }) => value },
  none: 'No parameters.',
};
