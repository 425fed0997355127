import { access } from './access.ts';
import { detection } from './detection.ts';
import { drain } from './drain.ts';
import { hbtd } from './hbtd.ts';
import { liveness } from './liveness.ts';
import { describeMachine, renderMachine } from './machine.ts';
import { notify } from './notify.ts';
import { type BenchName, type BenchOptions, readOptions, usage } from './options.ts';
import { pipeline } from './pipeline.ts';
import { endProgress } from './progress.ts';
import { query } from './query/query.ts';
import { renderSection, type Section } from './report.ts';
import { serviceExists } from './server.ts';
import { slowDisk } from './slow-disk.ts';
import { start } from './start.ts';

/** What the service costs, as ratios to a bare server that was measured in the same minutes. */
const benches: Readonly<Record<BenchName, (options: BenchOptions) => Promise<Section>>> = {
  pipeline,
  drain,
  start,
  'slow-disk': slowDisk,
  liveness,
  detection,
  hbtd,
  access,
  notify,
  query,
};

async function main(options: BenchOptions): Promise<void> {
  const machine = describeMachine(options);
  if (!options.json) console.log(renderMachine(machine));
  if (!serviceExists()) console.error('There is no service/main.ts: the baselines alone.');

  const sections: Section[] = [];
  for (const name of options.benches) {
    const section = await benches[name](options);
    endProgress();
    sections.push(section);
    if (!options.json) console.log(`\n${renderSection(section)}`);
  }
  if (options.json) console.log(JSON.stringify({ machine, options, sections }, null, 2));
}

/** Undefined, after saying why, when the arguments are not understood. */
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
