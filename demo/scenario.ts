/** Something that goes wrong on purpose, some seconds after the demo began. */
export type Incident = {
  readonly kind: 'crash' | 'outage' | 'stop' | 'replacement';
  readonly atSeconds: number;
  /** How long Monasca is unavailable, or until another instance starts in place of a stopped one. */
  readonly forSeconds: number;
};

const cycle: readonly Incident[] = [
  { kind: 'crash', atSeconds: 3, forSeconds: 0 },
  { kind: 'outage', atSeconds: 5, forSeconds: 6 },
  { kind: 'stop', atSeconds: 6, forSeconds: 5 },
  { kind: 'replacement', atSeconds: 8, forSeconds: 0 },
];
/** Time until everything has recovered from a cycle. */
const cycleSeconds = 20;
const everySeconds = 30;

/**
 * The incidents of a demo of a given length, or without an end, in the order of their times. A short
 * demo has a faster first cycle, and no cycle begins that the demo cannot complete.
 */
export function* scenario(demoSeconds = Number.POSITIVE_INFINITY): Generator<Incident> {
  const pace = Math.min(1, demoSeconds / cycleSeconds);
  for (let begin = 0; begin === 0 || begin + cycleSeconds <= demoSeconds; begin += everySeconds) {
    for (const { kind, atSeconds, forSeconds } of cycle) {
      yield { kind, atSeconds: begin + atSeconds * pace, forSeconds: forSeconds * pace };
    }
  }
}
