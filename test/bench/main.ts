import { access } from './access.ts';
import { agent } from './agent.ts';
import { amqp } from './amqp.ts';
import { detection } from './detection/detection.ts';
import { drain } from './drain.ts';
import { fleet } from './fleet.ts';
import { hbtd } from './hbtd.ts';
import { lvmbeat } from './lvmbeat/lvmbeat.ts';
import { describeMachine, renderMachine } from './machine/machine.ts';
import { notify } from './notify.ts';
import { type BenchName, type BenchOptions, readOptions, usage } from './options.ts';
import { page } from './page/page.ts';
import { pipeline } from './pipeline.ts';
import { query } from './query/query.ts';
import { records } from './records/records.ts';
import { liveness } from './registry/liveness.ts';
import { endProgress } from './report/progress.ts';
import { renderSection, type Section } from './report/report.ts';
import { serviceExists } from './servers/server.ts';
import { siege } from './siege/siege.ts';
import { slowDisk } from './slow-disk/slow-disk.ts';
import { start } from './start.ts';

/** Benches by name. Costs are ratios to a bare server that runs in the same rounds. */
const benches: Readonly<Record<BenchName, (options: BenchOptions) => Promise<Section>>> = {
  pipeline,
  drain,
  start,
  'slow-disk': slowDisk,
  liveness,
  detection,
  hbtd,
  lvmbeat,
  access,
  notify,
  query,
  siege,
  amqp,
  page,
  records,
  agent,
  fleet,
};

async function main(options: BenchOptions): Promise<void> {
  const machine = describeMachine(options);
  if (!options.json) console.log(renderMachine(machine));
  if (!serviceExists()) console.error('No service/main.ts: only the baselines run.');

  const sections: Section[] = [];
  for (const name of options.benches) {
    const section = await benches[name](options);
    endProgress();
    sections.push(section);
    if (!options.json) console.log(`\n${renderSection(section)}`);
  }
  if (options.json) console.log(JSON.stringify({ machine, options, sections }, null, 2));
}

/** Returns undefined, after printing the reason, if the arguments are invalid. */
function optionsOrUsage(): BenchOptions | undefined {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exitCode = 2;
    return undefined;
  }
}

if (process.argv.includes('--help')) {
  console.log(usage);
} else {
  const options = optionsOrUsage();
  if (options) await main(options);
}
