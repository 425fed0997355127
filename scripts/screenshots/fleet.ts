/** A sender of heartbeats in the screenshots, and what happened to it within the last day. */
export type Member = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
  /** Hours before now in which it was active: from, to. */
  readonly active: readonly (readonly [fromHours: number, toHours: number])[];
  /** Whether it still sends heartbeats. */
  readonly isAlive: boolean;
};

const always = [[24, 0]] as const;

const members = (
  name: string,
  version: string,
  instances: readonly string[],
  active: Member['active'] = always,
  isAlive = true,
): Member[] => instances.map((instance) => ({ name, version, instance, active, isAlive }));

/** A deployment of FIWARE with a quiet day: a scale-out, two outages, an upgrade, a crash. */
export const fleet: readonly Member[] = [
  ...members('Orion', '3.10.1', ['orion-7f9c-a', 'orion-7f9c-b']),
  ...members('Orion', '3.10.1', ['orion-7f9c-c'], [[24, 5.2]], false),
  ...members('Orion', '4.0.0', ['orion-84d1-a', 'orion-84d1-b'], [[5, 0]]),
  ...members('Keyrock', '8.3', ['keyrock-0', 'keyrock-1']),
  ...members('Cygnus', '2.0', ['cygnus-a'], [[24, 0]]),
  ...members(
    'Cygnus',
    '2.0',
    ['cygnus-b'],
    [
      [24, 15.5],
      [14.2, 0],
    ],
  ),
  ...members('IoT Agent JSON', '1.26', ['iota-json-1', 'iota-json-2']),
  ...members('IoT Agent JSON', '1.26', ['iota-json-3', 'iota-json-4'], [[11, 0]]),
  ...members('IoT Agent UL', '1.25', ['iota-ul-1', 'iota-ul-2', 'iota-ul-3']),
  ...members('QuantumLeap', '1.0.0', ['ql-0', 'ql-1']),
  ...members(
    'Perseo',
    '1.13',
    ['perseo'],
    [
      [24, 9.6],
      [8.1, 0],
    ],
  ),
  ...members('Wirecloud', '1.4', ['wirecloud-web']),
  ...members('Wilma', '8.3', ['wilma-0']),
  ...members('Wilma', '8.3', ['wilma-1'], always, false),
  ...members('STH-Comet', '2.8', ['comet-0', 'comet-1']),
  ...members(
    'Draco',
    '2.1',
    ['draco'],
    [
      [24, 20],
      [19.1, 18],
      [17.2, 0],
    ],
  ),
  ...members('CKAN', '2.9', ['ckan']),
  ...members('Kurento', '6.18', ['kms-1', 'kms-2']),
];

/** Declared in the heartbeats of the past, and in those of now. */
export const [pastSeconds, nowSeconds] = [300, 2];

/** Timestamps of the heartbeats of the past, in epoch ms. */
export function pastTimes({ active }: Member, nowMs: number): number[] {
  const hourMs = 3_600_000;
  return active.flatMap(([fromHours, toHours]) => {
    const [from, to] = [nowMs - fromHours * hourMs, nowMs - toHours * hourMs - 1_000];
    const length = Math.max(1, Math.ceil((to - from) / (pastSeconds * 1_000)));
    return Array.from({ length }, (_, at) => Math.round(from + at * pastSeconds * 1_000));
  });
}
