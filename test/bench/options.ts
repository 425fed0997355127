import { parseArgs } from 'node:util';
import { chooseCores } from './cores.ts';
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
  /** Names of the pipeline's loads; empty means all. */
  readonly loads: readonly string[];
  readonly profileTo: string | undefined;
  readonly serverCore: number | undefined;
  readonly loadCore: number | undefined;
};

export const usage = `npm run bench -- [pipeline|drain|start|slow-disk|liveness|detection|hbtd|access|notify|query|all] [options]

  --rounds N      rounds, whose median is printed (3)
  --seconds S     measured time of each load (2)
  --retries N     repeat a disturbed load up to N times and keep the least disturbed (0)
  --rate N        requests a second of the open loop (20000)
  --records N     records that wait: drain (300000), start (1000000)
  --load NAME     pipeline: only this load; may be repeated
  --server NAME   only this server: bare, durable, unwatched, ours or guarded; may be repeated
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
      server: { type: 'string', multiple: true, default: [] },
      unbound: { type: 'boolean', default: false },
      folder: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const cores = values.unbound ? undefined : chooseCores();
  const servers = values.server.map((name) => oneOf(serverKinds, name));

  return {
    benches: positionals.length === 0 ? ['pipeline'] : positionals.flatMap(benchesOf),
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    retries: Number(values.retries) || 0,
    rate: positive('rate', values.rate),
    records: values.records === undefined ? undefined : positive('records', values.records),
    loads: values.load,
    servers: servers.length === 0 ? usualServers : servers,
    folder: values.folder,
    profileTo: values.profile,
    json: values.json,
    serverCore: cores?.server,
    loadCore: cores?.load,
  };
}

function benchesOf(name: string): readonly BenchName[] {
  return name === 'all' ? benchNames : [oneOf(benchNames, name)];
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
