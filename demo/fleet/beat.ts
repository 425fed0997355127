/** Whose heartbeats they are: what Monasca calls a series. */
export type Series = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
};

/** A heartbeat as an emitter makes it. */
export type Beat = {
  readonly series: Series;
  readonly timestampMs: number;
  readonly intervalSeconds: number;
  /** The last one of an instance that ends on purpose. */
  readonly isGoodbye: boolean;
};

/** Names hold no line end, so this text is one series and no other. */
export const seriesKey = ({ name, version, instance }: Series): string =>
  `${name}\n${version}\n${instance}`;
