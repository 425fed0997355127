import { type Heartbeat, minSkewMs } from '../../contract/heartbeat.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { SenderClock } from '../../registry/sender-clocks.ts';
import { type Judgement, judgeHeartbeat, unknownClock } from './judge-heartbeat.ts';
import { UnknownSenders } from './unknown-senders.ts';

type Options = {
  readonly registry: Registry;
  readonly maxAgeMs: number;
  /** Time by which the wall clock of the service was set forward: everything looks older by it. */
  readonly setForwardMs: () => number;
  /** The clock of an instance turns out to be wrong. */
  readonly onSkewed: (ref: Ref) => void;
};

/** Distinguishes heartbeats that say something about now from history, for known and unknown instances. */
export class HeartbeatHistory {
  readonly #options: Options;
  readonly #registry: Registry;
  readonly #unknown = new UnknownSenders();

  constructor(options: Options) {
    this.#options = options;
    this.#registry = options.registry;
  }

  /** `suspect`: history, unless another heartbeat with the same offset follows. */
  judge(
    ref: Ref,
    heartbeat: Heartbeat,
    downMs: (component: number) => number,
  ): 'live' | 'suspect' | 'history' {
    const registry = this.#registry;
    const before = registry.clock(ref);
    if (before === undefined && this.#isPlain(heartbeat)) return 'live';
    const clock = before ?? unknownClock;
    const sinceLastMs = heartbeat.receivedAtMs - registry.receivedAtMs(ref);
    const component = registry.component(ref);
    const judgement = this.#judge(clock, heartbeat, sinceLastMs, downMs(component));
    registry.setClock(ref, judgement.clock);
    if (clock.offsetMs === 0 && judgement.clock.offsetMs !== 0) this.#options.onSkewed(ref);
    if (!judgement.isHistory) return 'live';
    const { suspect } = judgement.clock;
    const isSuspect = suspect?.receivedAtMs === heartbeat.receivedAtMs && !suspect.isInReplay;
    return isSuspect ? 'suspect' : 'history';
  }

  /** The offset of the clock of an unknown instance; undefined when the heartbeat is history. */
  judgeUnknown(heartbeat: Heartbeat, downMs: () => number): number | undefined {
    if (this.#isPlain(heartbeat)) return 0;
    const suspect = this.#unknown.take(heartbeat);
    const judgement = this.#judge({ offsetMs: 0, suspect }, heartbeat, 0, downMs());
    const { clock, isHistory } = judgement;
    if (!isHistory) return clock.offsetMs;
    if (clock.suspect) this.#unknown.put(heartbeat, clock.suspect);
    return undefined;
  }

  /** Whether the timestamp of a heartbeat is about right: nearly all are. */
  #isPlain({ receivedAtMs, timestampMs, clockOffsetMs, mayHaveWaited }: Heartbeat): boolean {
    if (clockOffsetMs !== undefined || mayHaveWaited) return false;
    return receivedAtMs - timestampMs <= this.#options.maxAgeMs;
  }

  #judge(
    clock: SenderClock,
    { receivedAtMs, timestampMs, clockOffsetMs, mayHaveWaited }: Heartbeat,
    sinceLastMs: number,
    downMs: number,
  ): Judgement {
    return judgeHeartbeat(clock, {
      offsetMs: receivedAtMs - timestampMs - this.#options.setForwardMs(),
      receivedAtMs,
      sinceLastMs,
      clockOffsetMs,
      // The tolerance is for clocks and slow networks; a queue may keep a heartbeat for any time.
      maxAgeMs: Math.max(mayHaveWaited ? minSkewMs : this.#options.maxAgeMs, downMs),
    });
  }
}
