import { defined } from '../../contract/defined.ts';
import type { EventBody } from '../../contract/event.ts';
import { type Identity, skewSecondsOf } from '../../contract/instance.ts';
import { formatDuration } from '../../contract/values/duration.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import { maxNames } from '../reporting/events.ts';

type Options = {
  readonly registry: Pick<Registry, 'identity' | 'state' | 'clockOffsetMs'>;
  readonly silenceOver: (ref: Ref) => string | undefined;
  readonly add: (body: EventBody, ref?: Ref) => void;
};

/** Most events of single instances between two evaluations; if the service's own clock is wrong, all are. */
const maxSingle = 10;

/** Reports senders whose clock is wrong: one event each, and one for all when they are many. */
export class SkewReports {
  readonly #options: Options;
  #single = 0;
  #more: Identity[] = [];
  #moreCount = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  add(ref: Ref): void {
    const { registry, silenceOver, add } = this.#options;
    if (this.#single < maxSingle) {
      this.#single++;
      add({ ...skewEvent(registry, ref), ...defined({ silencedBy: silenceOver(ref) }) }, ref);
      return;
    }
    this.#moreCount++;
    if (this.#more.length < maxNames) this.#more.push(registry.identity(ref));
  }

  /** Reports the rest of an evaluation. */
  report(): void {
    if (this.#moreCount > 0) this.#options.add(manySkewsEvent(this.#moreCount, this.#more));
    this.#single = 0;
    this.#more = [];
    this.#moreCount = 0;
  }
}

function skewEvent(registry: Options['registry'], ref: Ref): EventBody {
  const offsetMs = registry.clockOffsetMs(ref);
  const direction = offsetMs > 0 ? 'behind' : 'ahead of';
  return {
    kind: 'clock.skewed',
    subject: registry.identity(ref),
    state: registry.state(ref),
    reason: `The sender's clock is ${formatDuration(Math.abs(offsetMs))} ${direction} the service's.`,
    data: { skewSeconds: skewSecondsOf(offsetMs) },
  };
}

const manySkewsEvent = (count: number, some: readonly Identity[]): EventBody => ({
  kind: 'clock.skewed',
  subject: undefined,
  reason: `The clocks of ${count} more senders are wrong, or the service's own clock is.`,
  data: { instances: count, some },
});
