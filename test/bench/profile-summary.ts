import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { table } from './report/report.ts';

/** The part of V8's `.cpuprofile` that self times need. Times are microseconds. */
const cpuProfile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
export type CpuProfile = z.infer<typeof cpuProfile>;

export type SelfTime = { readonly name: string; readonly share: number };

/** Functions by their own share of the busy time, largest first. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const times = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '?';
    // A delta precedes the sample that ends it, so a sample lasts until the next one.
    const time = timeDeltas[index + 1] ?? 0;
    if (name === '(idle)') continue;
    busy += time;
    times.set(name, (times.get(name) ?? 0) + time);
  }
  return [...times]
    .map(([name, time]) => ({ name, share: time / busy }))
    .toSorted((a, b) => b.share - a.share);
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']) {
  const name = functionName || '(anonymous)';
  return url === '' ? name : `${name} ${shortUrl(url)}:${lineNumber + 1}`;
}

const shortUrl = (url: string): string =>
  url.startsWith('node:') ? url : url.replace(/^.*\/(?=node_modules\/|service\/)/, '');

/** `node profile-summary.ts FILE-OR-FOLDER [COUNT]` prints the most expensive functions. */
if (import.meta.main) {
  const [path = '.', count = '25'] = process.argv.slice(2);
  const files = statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((file) => file.endsWith('.cpuprofile'))
        .map((file) => join(path, file))
    : [path];
  for (const file of files) {
    const times = selfTimes(cpuProfile.parse(JSON.parse(readFileSync(file, 'utf8'))));
    const rows = times
      .slice(0, Number(count))
      .map(({ name, share }) => ({ 'self %': share * 100, function: name }));
    console.log(`${basename(file)}\n${table(rows)}\n`);
  }
}
