import { z } from 'zod';
import { type CliCommand, type CommandContext, parsePair } from '../command.ts';
import { CliFailure, exitCodes } from '../failure.ts';
import { printRows, type RowOutput } from '../output/rows.ts';

const path = '/api/v1/params';
/** Names and values are those of the service. */
const parametersSchema = z.record(z.string(), z.unknown());
type ParameterValues = z.infer<typeof parametersSchema>;

export function addParamsCommand(program: CliCommand): void {
  const params = program
    .command('params')
    .description('get or set parameters at run time: thresholds, evaluation interval, log level');
  params
    .command('get')
    .description('print all parameters, or the value of one')
    .argument('[name]', 'name of the parameter')
    .format()
    .onService(async (context: CommandContext, name: string | undefined) => {
      const values = await context.remote.request({ path }, parametersSchema);
      if (name === undefined) await printParameters(values, context);
      else await context.screen.write(`${valueNamed(values, name)}\n`);
    })
    .examples('ge-heartbeat params get', 'ge-heartbeat params get downSeconds');
  params
    .command('set')
    .description('set parameters, either all or none of them; the new values are durable')
    .argument('<name=value...>', 'parameters and their new values', parseAssignment)
    .format()
    .onService(async (context: CommandContext, body: ParameterValues) => {
      const request = { method: 'PATCH', path, body } as const;
      await printParameters(await context.remote.request(request, parametersSchema), context);
    })
    .examples('ge-heartbeat params set lateSeconds=60 downSeconds=180');
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
  if (format !== 'json' && format !== 'ndjson') await printRows(rows, format, output, screen);
  else await screen.write(`${JSON.stringify(values)}\n`);
}

const output: RowOutput<{ readonly name: string; readonly value: string }> = {
  fields: [
    { key: 'name', title: 'parameter' },
    { key: 'value', kind: 'number' },
  ],
  empty: 'No parameters.',
};
