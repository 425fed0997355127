import { parseArgs } from 'node:util';
import { chooseCores } from './cores.ts';
import { findReferenceBuild, type ReferenceBuild } from './reference-build.ts';
import { type ServerKind, serverKinds, usualServers } from './server.ts';

export const benchNames = [
  'pipeline',
  'drain',
  'start',
  'slow-disk',
  'liveness',
  'detection',
  'hbtd',
  'access',
  'notify',
  'query',
] as const;
export type BenchName = (typeof benchNames)[number];

/** The loads of `pipeline`. */
export const loadNames = ['single-64', 'single-256', 'batch-100', 'batch-1000', 'open'] as const;
export type LoadName = (typeof loadNames)[number];

/** Benches in which the service of another checkout can take part. */
const comparable: readonly BenchName[] = ['pipeline', 'slow-disk'];

const selectableServers = serverKinds.filter((kind) => kind !== 'reference');

export type BenchOptions = {
  readonly benches: readonly BenchName[];
  readonly rounds: number;
  /** How often a load is repeated when the rest of the machine disturbed it. */
  readonly retries: number;
  readonly seconds: number;
  readonly json: boolean;
  /** Requests a second of the open loop. */
  readonly rate: number;
  /** Records that wait in `drain` and `start`; each has its own default. */
  readonly records: number | undefined;
  /** Where the data folders are made; decides which disk is measured. */
  readonly folder: string | undefined;
  readonly servers: readonly ServerKind[];
  readonly loads: readonly LoadName[];
  readonly reference: ReferenceBuild | undefined;
  readonly profileTo: string | undefined;
  readonly serverCore: number | undefined;
  readonly loadCore: number | undefined;
};

export const usage = `npm run bench -- [BENCH|LOAD …] [options]

  BENCH           ${benchNames.slice(0, 6).join(', ')},
                  ${benchNames.slice(6).join(', ')} or all (pipeline)
  LOAD            a load of pipeline: ${loadNames.join(', ')} (all)

  --rounds N      rounds, whose median is printed (3)
  --seconds S     measured time of each load (2)
  --retries N     repeat a disturbed load up to N times and keep the least disturbed (0)
  --rate N        requests a second of the open loop (20000)
  --records N     records that wait: drain (300000), start (1000000)
  --load NAME     the same as LOAD; may be repeated
  --server NAME   only this server: bare, durable, unwatched, ours or guarded; may be repeated
  --against PATH  compare with the service of another checkout, usually an older build: it runs
                  in the same alternating rounds, and a table prints ours ÷ reference for each load
                  of pipeline and slow-disk. Prepare it first:
                  git worktree add --detach PATH COMMIT, and npm ci in PATH. With --server ours
                  only these two builds run
  --unbound       do not bind server and load to a core each
  --folder PATH   where data are kept meanwhile: the disk that is measured
  --profile PATH  write CPU profiles of the service there (read them with profile-summary.ts)
  --json          print JSON instead of tables`;

/** Throws with a sentence for the user when an argument is not understood. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '2' },
      retries: { type: 'string', default: '0' },
      rate: { type: 'string', default: '20000' },
      records: { type: 'string' },
      load: { type: 'string', multiple: true, default: [] },
      against: { type: 'string' },
      server: { type: 'string', multiple: true, default: [] },
      unbound: { type: 'boolean', default: false },
      folder: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const cores = values.unbound ? undefined : chooseCores();
  const chosen = values.server.map((name) => oneOf(selectableServers, name));
  const servers = chosen.length === 0 ? usualServers : chosen;
  const named = [...values.load.map((name) => oneOf(loadNames, name)), ...positionals];
  const loads = loadNames.filter((name) => named.includes(name));
  const benches = named.length === 0 ? ['pipeline' as const] : named.flatMap(benchesOf);
  if (values.against !== undefined) requireComparable(benches, chosen);

  return {
    benches: [...new Set(benches)],
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    retries: Number(values.retries) || 0,
    rate: positive('rate', values.rate),
    records: values.records === undefined ? undefined : positive('records', values.records),
    loads: loads.length === 0 ? loadNames : loads,
    reference: values.against === undefined ? undefined : findReferenceBuild(values.against),
    servers: values.against === undefined ? servers : [...servers, 'reference'],
    folder: values.folder,
    profileTo: values.profile,
    json: values.json,
    serverCore: cores?.server,
    loadCore: cores?.load,
  };
}

function benchesOf(name: string): readonly BenchName[] {
  if (name === 'all') return benchNames;
  const found = oneOf([...benchNames, ...loadNames], name);
  return [benchNames.find((bench) => bench === found) ?? 'pipeline'];
}

function requireComparable(benches: readonly BenchName[], chosen: readonly ServerKind[]): void {
  const other = benches.find((name) => !comparable.includes(name));
  if (other !== undefined) {
    throw new Error(`--against works with ${comparable.join(' and ')}, not with ${other}`);
  }
  if (chosen.length > 0 && !chosen.includes('ours')) {
    throw new Error('--against compares with ours: add --server ours');
  }
}

function oneOf<Name extends string>(names: readonly Name[], given: string): Name {
  const found = names.find((name) => name === given);
  if (found === undefined) throw new Error(`"${given}" is none of ${names.join(', ')}`);
  return found;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} needs a number above 0, not "${text}"`);
  return value;
}
