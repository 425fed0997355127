/** A body of which a part has arrived. */
export type PendingBody = {
  /** Counts bytes that have arrived. */
  add(bytes: number): void;
  readonly end: () => void;
};

type Account = { bytes: number; readonly sinceMs: number; readonly refuse: () => void };

const mebibyte = 1_048_576;

/**
 * Budget for all bodies that are arriving. Beyond it the slowest one is refused, among the bodies
 * that hold at least the average number of bytes.
 */
export class PendingBodies {
  readonly #accounts = new Set<Account>();
  readonly #maxBytes: number;
  readonly #nowMs: () => number;
  #bytes = 0;

  constructor({ maxBytes = 64 * mebibyte, nowMs = () => performance.now() } = {}) {
    this.#maxBytes = maxBytes;
    this.#nowMs = nowMs;
  }

  /** The budget is at least four bodies of `maxBodyBytes`; `refuse` is called beyond it. */
  begin(maxBodyBytes: number, refuse: () => void): PendingBody {
    const account: Account = { bytes: 0, sinceMs: this.#nowMs(), refuse };
    const maxBytes = Math.max(this.#maxBytes, 4 * maxBodyBytes);
    this.#accounts.add(account);
    return {
      add: (bytes) => {
        account.bytes += bytes;
        this.#bytes += bytes;
        while (this.#bytes > maxBytes && this.#refuseSlowest());
      },
      end: () => this.#end(account),
    };
  }

  #end(account: Account): void {
    if (this.#accounts.delete(account)) this.#bytes -= account.bytes;
  }

  #refuseSlowest(): boolean {
    const average = this.#bytes / this.#accounts.size;
    const nowMs = this.#nowMs();
    let slowest: Account | undefined;
    let slowestRate = Number.POSITIVE_INFINITY;
    for (const account of this.#accounts) {
      const rate = account.bytes / (nowMs - account.sinceMs + 1);
      if (account.bytes < average || rate >= slowestRate) continue;
      slowest = account;
      slowestRate = rate;
    }
    if (!slowest) return false;
    this.#end(slowest);
    slowest.refuse();
    return true;
  }
}
