import { type Identity, identityKey } from '../../service/contract/instance.ts';

export type SentHeartbeat = Identity & {
  readonly timestampMs: number;
  readonly intervalSeconds: number;
  /** Whether it announces that its instance stops on purpose. */
  readonly isStopping: boolean;
};

/** Outcome of a request, as its sender knows it. */
export type PostResult =
  | { readonly kind: 'accepted'; readonly heartbeats: readonly SentHeartbeat[] }
  /** `unanswered`: no response arrived, so the heartbeats may be stored or not. */
  | { readonly kind: 'rejected' | 'unanswered'; readonly detail: string };

/** Timestamps, in epoch ms, of what the sender of one instance has sent. */
export type SentSeries = Identity & {
  readonly accepted: Set<number>;
  /** Sent without a response: they may be stored or not. */
  readonly unanswered: Set<number>;
  /** Whether the last accepted heartbeat announced that the instance stops. */
  hasStopped: boolean;
};

/** What the senders remember of their heartbeats, for the comparison with Monasca at the end. */
export class SentHeartbeats {
  readonly #series = new Map<string, SentSeries>();

  record(sent: readonly SentHeartbeat[], result: PostResult): void {
    for (const heartbeat of result.kind === 'accepted' ? result.heartbeats : []) {
      const series = this.#seriesOf(heartbeat);
      series.accepted.add(heartbeat.timestampMs);
      series.hasStopped = heartbeat.isStopping;
    }
    for (const heartbeat of result.kind === 'unanswered' ? sent : []) {
      this.#seriesOf(heartbeat).unanswered.add(heartbeat.timestampMs);
    }
  }

  all(): SentSeries[] {
    return [...this.#series.values()];
  }

  #seriesOf({ name, version, instance }: SentHeartbeat): SentSeries {
    const empty = { accepted: new Set<number>(), unanswered: new Set<number>(), hasStopped: false };
    const key = identityKey({ name, version, instance });
    const series = this.#series.get(key) ?? { name, version, instance, ...empty };
    this.#series.set(key, series);
    return series;
  }
}
