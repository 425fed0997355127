import { z } from 'zod';

const logLine = z.object({
  level: z.string(),
  msg: z.string(),
  url: z.string().optional(),
  detail: z.string().optional(),
  durationMs: z.number().optional(),
});

export type LogLine = z.infer<typeof logLine>;

/** A line of the service's log; undefined where it is not one. */
export function readLogLine(text: string): LogLine | undefined {
  try {
    return logLine.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A line of the log as a person wants to read it. */
export function describeLogLine({ msg, detail, durationMs }: LogLine): string {
  const after = durationMs === undefined ? '' : ` after ${(durationMs / 1_000).toFixed(1)} s`;
  return `${msg}${after}${detail === undefined ? '' : ` (${detail})`}`;
}
