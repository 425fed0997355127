import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LivenessEvent } from '../../contract/event.ts';
import type { RoutedLog } from '../notifier.ts';
import { type ChangeKind, changeOf } from './changes.ts';

type PendingChange = {
  readonly kind: ChangeKind;
  readonly eventId: string;
  /** The State Manager rejected a request that had this component alone. */
  readonly isRefused: boolean;
  /** The component was removed since. */
  readonly isRetired: boolean;
};

/** Reads of the log in one delivery: each is some thousand events. */
const maxReads = 20;

/** Cray's name for unknown components: one of them makes it reject the whole request. */
const noKind = 'INVALID';

/**
 * The newest change of each component that the State Manager does not have yet.
 *
 * It reads ahead of the batch at hand, so that a change which is not accepted delays no other. What is
 * lost with the process is read again: the cursor does not pass an event of which the change is pending.
 */
export class PendingChanges {
  readonly #log: RoutedLog;
  /** Oldest first: what failed is put at the end. */
  readonly #changes = new Map<string, PendingChange>();
  #readSeq = -1;

  constructor(log: RoutedLog) {
    this.#log = log;
  }

  get size(): number {
    return this.#changes.size;
  }

  /** Adds the changes of a batch, and of later events that are in the log. */
  async add(events: readonly LivenessEvent[]): Promise<void> {
    const [first, last] = [events[0], events.at(-1)];
    if (!first || !last) return;
    const seq = this.#log.seqOf(last);
    if (seq > this.#readSeq) {
      for (const event of events) this.#note(event);
      this.#readSeq = seq;
    } else if (first === last && !this.#isSuperseded(last)) {
      // An old event that is sent again on request.
      this.#note(last);
    }
    await this.readAhead();
  }

  /** Adds the changes of events that were logged since. */
  async readAhead(): Promise<void> {
    for (let reads = 0; reads < maxReads; reads++) {
      const { events: later, lastSeq } = this.#log.readAfter(this.#readSeq);
      if (lastSeq <= this.#readSeq) return;
      for (const event of later) this.#note(event);
      this.#readSeq = lastSeq;
      await nextTurn();
    }
  }

  /** Names of the components with a change of this kind. */
  namesOf(kind: ChangeKind, { areRefused }: { areRefused: boolean }): string[] {
    return [...this.#changes]
      .filter(([, change]) => change.kind === kind && change.isRefused === areRefused)
      .map(([name]) => name);
  }

  /** The State Manager has these changes. */
  settle(names: readonly string[]): void {
    for (const name of names) this.#changes.delete(name);
  }

  /** The State Manager rejected the component alone. Of a removed component the change is dropped. */
  refuse(name: string): void {
    const change = this.#changes.get(name);
    this.#changes.delete(name);
    if (change && !change.isRetired) this.#changes.set(name, { ...change, isRefused: true });
  }

  /** Whether a change of these events is pending. */
  hasAnyOf(events: readonly LivenessEvent[]): boolean {
    return events.some((event) => {
      const change = changeOf(event);
      return change && this.#changes.get(change.subject.instance)?.eventId === event.id;
    });
  }

  #note(event: LivenessEvent): void {
    const { subject } = event;
    if (subject === undefined || !('instance' in subject) || subject.name === noKind) return;
    const name = subject.instance;
    const before = this.#changes.get(name);
    if (event.kind === 'retired' && before) {
      if (before.isRefused) this.#changes.delete(name);
      else this.#changes.set(name, { ...before, isRetired: true });
    }
    const change = changeOf(event);
    if (!change) return;
    const isRefused = before?.isRefused ?? false;
    this.#changes.set(name, { kind: change.kind, eventId: event.id, isRefused, isRetired: false });
  }

  #isSuperseded(event: LivenessEvent): boolean {
    return this.#log.newestOf(event).some((later) => changeOf(later) !== undefined);
  }
}
