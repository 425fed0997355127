/** An epoch time in ms as ISO 8601 in UTC; undefined stays undefined. */
export const isoTime = (ms: number | undefined): string | undefined =>
  ms === undefined ? undefined : new Date(ms).toISOString();
