import { parseArgs } from 'node:util';
import { chooseCores } from './machine/cores.ts';
import { findReferenceBuild, type ReferenceBuild } from './servers/reference-build.ts';
import { type ServerKind, serverKinds, usualServers } from './servers/server.ts';

export const benchNames = [
  'pipeline',
  'drain',
  'start',
  'slow-disk',
  'liveness',
  'detection',
  'hbtd',
  'lvmbeat',
  'access',
  'notify',
  'query',
  'siege',
  'amqp',
  'page',
  'records',
  'agent',
  'fleet',
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
  /** Number of repetitions of a load that other processes disturbed. */
  readonly retries: number;
  readonly seconds: number;
  readonly json: boolean;
  /** Requests per second of the open loop. */
  readonly rate: number;
  /** Records in the outbox in `drain` and `start`; each has its own default. */
  readonly records: number | undefined;
  /** Folder in which data folders are made; decides which disk is measured. */
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

  --rounds N      number of rounds; the tables have their medians (3)
  --seconds S     measured time of each load (2)
  --retries N     repeat a disturbed load up to N times and keep the least disturbed (0)
  --rate N        requests per second of the open loop (20000)
  --records N     records in the outbox: drain (300000), start (1000000)
  --load NAME     the same as LOAD; may be repeated
  --server NAME   only this server; may be repeated:
                  ${selectableServers.join(', ')}
                  (${usualServers.join(', ')})
  --against PATH  compare with the service of another checkout, usually an older build: it runs
                  in the same alternating rounds, and a table prints ours ÷ reference for each load
                  of pipeline and slow-disk. Prepare it first:
                  git worktree add --detach PATH COMMIT, and npm ci in PATH. With --server ours
                  only these two builds run
  --unbound       do not bind server and load to a core each
  --folder PATH   folder for the data of the servers; decides which disk is measured
  --profile PATH  folder for CPU profiles of the service (read them with profile-summary.ts)
  --json          print JSON instead of tables`;

/** Throws with a sentence for the user if an argument is invalid. */
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
  if (found === undefined) throw new Error(`"${given}" is not one of ${names.join(', ')}`);
  return found;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} needs a number above 0, not "${text}"`);
  return value;
}
