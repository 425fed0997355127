import type { Metrics } from '../../service/runtime/metrics.ts';

/** The samples of the service's own metrics, by `name{labels}`. */
export async function samplesOf(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  return readSamples(await metrics.render());
}

export const readSamples = (exposition: string): ReadonlyMap<string, number> =>
  new Map(
    exposition
      .split('\n')
      .filter((line) => /^(ge_)?heartbeat_/.test(line))
      .map((line) => {
        const space = line.lastIndexOf(' ');
        return [line.slice(0, space), Number(line.slice(space + 1))];
      }),
  );
