import type { Command } from 'commander';
import { z } from 'zod';
import { CliFailure, exitCodes } from '../failure.ts';
import { type Listing, printRows } from '../output/rows.ts';
import {
  addExamples,
  type CommandContext,
  openContext,
  parsePair,
  type RemoteOptions,
  withFormat,
  withRemote,
} from '../remote/options.ts';

const path = '/api/v1/params';
/** Names and values are those of the service. */
const parametersSchema = z.record(z.string(), z.unknown());
type ParameterValues = z.infer<typeof parametersSchema>;

export function addParamsCommand(program: Command): void {
  const params = program
    .command('params')
    .description('get or set parameters at run time: thresholds, evaluation interval, log level');

  const get = params
    .command('get')
    .description('print all parameters, or the value of one')
    .argument('[name]', 'name of the parameter');
  withRemote(withFormat(get)).action(async (name: string | undefined, options: RemoteOptions) => {
    const context = openContext(options);
    const values = await context.remote.request({ path }, parametersSchema);
    if (name === undefined) await printParameters(values, context);
    else await context.screen.write(`${valueNamed(values, name)}\n`);
  });
  addExamples(get, ['ge-heartbeat params get', 'ge-heartbeat params get downSeconds']);

  const set = params
    .command('set')
    .description('set parameters, either all or none of them; the new values are durable')
    .argument('<name=value...>', 'parameters and their new values', parseAssignment);
  withRemote(withFormat(set)).action(async (body: ParameterValues, options: RemoteOptions) => {
    const context = openContext(options);
    const request = { method: 'PATCH', path, body } as const;
    await printParameters(await context.remote.request(request, parametersSchema), context);
  });
  addExamples(set, ['ge-heartbeat params set lateSeconds=60 downSeconds=180']);
}

function valueNamed(values: ParameterValues, name: string): string {
  if (Object.hasOwn(values, name)) return String(values[name]);
  const known = Object.keys(values).join(', ');
  throw new CliFailure(exitCodes.usage, `There is no parameter ${name}; there are ${known}.`);
}

/** Digits become a number. */
function parseAssignment(text: string, before?: ParameterValues): ParameterValues {
  const [name, value] = parsePair(text, 'name=value');
  return { ...before, [name]: /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value };
}

async function printParameters(
  values: ParameterValues,
  { format, screen }: CommandContext,
): Promise<void> {
  const rows = Object.entries(values).map(([name, value]) => ({ name, value: String(value) }));
  if (format === 'table' || format === 'csv') await printRows(rows, format, listing, screen);
  else await screen.write(`${JSON.stringify(values)}\n`);
}

const listing: Listing<{ readonly name: string; readonly value: string }> = {
  fields: [
    { key: 'name', title: 'parameter' },
    { key: 'value', kind: 'number' },
  ],
  empty: 'No parameters.',
};
