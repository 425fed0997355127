import { stat } from 'node:fs/promises';
import type { Clock } from '../../runtime/clock.ts';
import { codeOf, errorText, notOk, ok, type Probe, unknown } from './probe.ts';

export type FileProbeOptions = { readonly path: string; readonly maxAgeSeconds: number };

/** A file that was modified within `maxAgeSeconds`. */
export function createFileProbe(
  { path, maxAgeSeconds }: FileProbeOptions,
  { now }: Pick<Clock, 'now'>,
): Probe {
  return async () => {
    try {
      const ageSeconds = (now() - (await stat(path)).mtimeMs) / 1_000;
      if (ageSeconds <= maxAgeSeconds) return ok;
      return notOk(`modified ${Math.round(ageSeconds)} s ago`);
    } catch (error) {
      const isMissing = ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');
      return isMissing ? notOk('the file does not exist') : unknown(errorText(error));
    }
  };
}
