/** A caller has too much work waiting, or all callers together have. */
export class QueueFull extends Error {}

type FairQueueOptions = {
  /** Maximum of pieces of work that run at a time: of all callers, and of one. */
  readonly maxRunning: number;
  readonly maxRunningOfCaller: number;
  /** Maximum of pieces of work that wait: of all callers, and of one. */
  readonly maxWaiting: number;
  readonly maxWaitingOfCaller: number;
};

type Caller = {
  running: number;
  /** Number of the turn in which its work last began; 0 before the first. */
  lastTurn: number;
  readonly waiting: Set<() => void>;
};

/**
 * Shares the capacity for work among callers: a place that becomes free goes to the callers in turn,
 * so work of one caller does not wait for all that another has requested.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  /** Callers without work are removed. */
  readonly #callers = new Map<string, Caller>();
  #running = 0;
  #waiting = 0;
  #turns = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /**
   * Runs work when its turn has come. Rejects with `QueueFull` if too much work waits, and with the
   * reason of the signal if that aborts before the work begins.
   */
  async run<T>(name: string, signal: AbortSignal, work: () => Promise<T> | T): Promise<T> {
    const caller = this.#callers.get(name) ?? { running: 0, lastTurn: 0, waiting: new Set() };
    this.#callers.set(name, caller);
    if (this.#hasPlace(caller)) this.#begin(caller);
    else await this.#wait(caller, signal);
    try {
      return await work();
    } finally {
      caller.running -= 1;
      this.#running -= 1;
      if (caller.running + caller.waiting.size === 0) this.#callers.delete(name);
      this.#next();
    }
  }

  #hasPlace({ running }: Caller): boolean {
    const { maxRunning, maxRunningOfCaller } = this.#options;
    return this.#running < maxRunning && running < maxRunningOfCaller;
  }

  #begin(caller: Caller): void {
    caller.running += 1;
    caller.lastTurn = ++this.#turns;
    this.#running += 1;
  }

  async #wait(caller: Caller, signal: AbortSignal): Promise<void> {
    const { maxWaiting, maxWaitingOfCaller } = this.#options;
    if (caller.waiting.size >= maxWaitingOfCaller || this.#waiting >= maxWaiting) {
      throw new QueueFull();
    }
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const begin = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const leave = () => {
      caller.waiting.delete(begin);
      this.#waiting -= 1;
      reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    caller.waiting.add(begin);
    this.#waiting += 1;
    await promise;
  }

  /** Gives the free place to the caller whose last turn is longest ago. */
  #next(): void {
    let next: Caller | undefined;
    for (const caller of this.#callers.values()) {
      if (caller.waiting.size === 0 || !this.#hasPlace(caller)) continue;
      if (next === undefined || caller.lastTurn < next.lastTurn) next = caller;
    }
    const [begin] = next?.waiting ?? [];
    if (next === undefined || begin === undefined) return;
    next.waiting.delete(begin);
    this.#waiting -= 1;
    this.#begin(next);
    begin();
  }
}
