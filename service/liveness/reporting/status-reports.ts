import { defined } from '../../contract/defined.ts';
import type { EventBody } from '../../contract/event.ts';
import type { Heartbeat } from '../../contract/heartbeat.ts';
import { type Identity, notOkFlag } from '../../contract/instance.ts';
import type { Ref, Registry } from '../../registry/registry.ts';
import type { ChangeQueue } from '../change-queue.ts';
import { Flapping } from './flapping.ts';
import { RefQueue } from './ref-queue.ts';

/*
 * The status that instances report of themselves. As with states, the row has the status of the last
 * heartbeat and the one that was last reported, so a report that was deferred survives a crash.
 */

/** `not_ok` was the last report. */
const reportedFlag = 0b0100_0000;
/** That report was silenced: recipients do not know of it. */
const unnotifiedFlag = 0b1000_0000;
/** All flags of the status, which reports of states leave as they are. */
export const statusFlags = notOkFlag | reportedFlag | unnotifiedFlag;

type Options = {
  readonly registry: Pick<Registry, 'identity' | 'state' | 'flags' | 'setFlags'>;
  readonly flapping: { readonly changes: number; readonly seconds: number };
  readonly queue: Pick<ChangeQueue, 'isFull'>;
  readonly silenceOver: (ref: Ref) => string | undefined;
  readonly add: (body: EventBody, ref: Ref) => void;
};

/** Most deferred reports in one evaluation: bounds the size of a commit. */
const maxPerEvaluation = 2_000;

/** Reports changes of the status; of one that changes often, when it stays the same. */
export class StatusReports {
  readonly #options: Options;
  readonly #flapping: Flapping;
  readonly #deferred = new RefQueue();
  /** Messages of the instances that are not ok; after a start, from their next heartbeat on. */
  readonly #messages = new Map<Ref, string>();
  #notOk = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#flapping = new Flapping(options.flapping);
  }

  /** Number of instances that are not ok. */
  get notOk(): number {
    return this.#notOk;
  }

  /** What is wrong with an instance, as it describes it itself. */
  readonly messageOf = (ref: Ref): string | undefined => this.#messages.get(ref);

  /** Applies the status of a live heartbeat. Nearly all are ok, and were before. */
  received(ref: Ref, { status, message }: Heartbeat, nowMs: number): void {
    const isNotOk = status === 'not_ok';
    const wasNotOk = this.#has(ref, notOkFlag);
    if (!isNotOk && !wasNotOk) return;
    if (message === undefined || !isNotOk) this.#messages.delete(ref);
    else this.#messages.set(ref, message);
    if (isNotOk === wasNotOk) return;
    this.#set(ref, notOkFlag, isNotOk);
    this.#notOk += isNotOk ? 1 : -1;
    const flapping = this.#flapping.change(ref, nowMs);
    if (flapping !== 'continues') this.#report(ref, flapping === 'begins');
  }

  /** The instance stops, or is removed: that ends its status too. */
  ended(ref: Ref): void {
    if (this.#has(ref, notOkFlag)) this.#notOk--;
    if (this.#has(ref, statusFlags)) this.#set(ref, statusFlags, false);
    this.#messages.delete(ref);
    this.#flapping.forget(ref);
    this.#deferred.remove(ref);
  }

  /** The instance was known before the start. */
  restore(ref: Ref): void {
    if (this.#has(ref, notOkFlag)) this.#notOk++;
    if (this.#has(ref, notOkFlag) !== this.#has(ref, reportedFlag)) this.#deferred.add(ref);
  }

  /** A silence over the instance ends: what recipients do not know is reported once more. */
  release(ref: Ref): void {
    if (!this.#has(ref, notOkFlag) || !this.#has(ref, unnotifiedFlag)) return;
    this.#set(ref, reportedFlag | unnotifiedFlag, false);
    this.#deferred.add(ref);
  }

  /** Reports what was deferred, and what has stayed the same since it changed often. */
  reportWaiting(nowMs: number): void {
    for (const ref of this.#flapping.takeCalm(nowMs)) this.#deferred.add(ref);
    for (let count = 0; count < maxPerEvaluation && !this.#options.queue.isFull; count++) {
      const ref = this.#deferred.take();
      if (ref === undefined) return;
      this.#report(ref);
    }
  }

  #report(ref: Ref, isOften = false): void {
    const { queue, registry, silenceOver, add } = this.#options;
    const isNotOk = this.#has(ref, notOkFlag);
    if (isNotOk === this.#has(ref, reportedFlag)) return;
    if (queue.isFull) {
      this.#deferred.add(ref);
      return;
    }
    // The end of something that recipients were notified of is notified too.
    const isKnown = !isNotOk && !this.#has(ref, unnotifiedFlag);
    const silencedBy = isKnown ? undefined : silenceOver(ref);
    this.#set(ref, reportedFlag, isNotOk);
    this.#set(ref, unnotifiedFlag, isNotOk && silencedBy !== undefined);
    const message = this.#messages.get(ref);
    const body = statusEvent(registry.identity(ref), isNotOk, message, isOften);
    add({ ...body, state: registry.state(ref), ...defined({ silencedBy }) }, ref);
  }

  #has(ref: Ref, flags: number): boolean {
    return (this.#options.registry.flags(ref) & flags) !== 0;
  }

  #set(ref: Ref, flags: number, isSet: boolean): void {
    const { registry } = this.#options;
    const before = registry.flags(ref);
    registry.setFlags(ref, isSet ? before | flags : before & ~flags);
  }
}

function statusEvent(
  subject: Identity,
  isNotOk: boolean,
  message: string | undefined,
  isOften: boolean,
): EventBody {
  const cause = message === undefined ? '' : `: ${message}`;
  const often = isOften ? ' The status changes often: further changes are reported later.' : '';
  return {
    kind: isNotOk ? 'status.not_ok' : 'status.ok',
    subject,
    reason: isNotOk
      ? `The instance is alive and reports that it is not ok${cause}.${often}`
      : `The instance reports that it is ok again.${often}`,
    ...(message === undefined ? {} : { data: { message } }),
  };
}
