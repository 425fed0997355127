import { growingBuffer, makeRoom, maxRefs } from '../runtime/collections/growing-buffer.ts';

/**
 * One turn takes 35 minutes. The spans are short because each call passes the refs of the last span
 * that are not yet due, and when a million become due at once there are many calls.
 */
const slots = 65_536;
const spanMs = 32;
/** Leaves of 32 bits as many as number half of the slots. */
const spreadShift = 17;
const slotOf = (span: number) => span & (slots - 1);

/**
 * A node: the next and the previous one, each plus 1, then the deadline as a double. So a node
 * that was never written, all zeros, is linked to nothing. Nodes 0 … slots-1 are the sentinels; ref
 * r is node slots + r.
 */
const nodeBytes = 16;
const links = 4;
const next = 0;
const previous = 1;

/**
 * The deadlines of refs: a wheel of short spans of time, each a ring of the refs whose deadline lies
 * in it. A ref whose deadline is a turn of the wheel or more ahead is in any slot, and is moved when
 * time reaches it.
 *
 *   slot of span s:  sentinel ⇄ ref ⇄ ref ⇄ … ⇄ sentinel
 *
 * To move a deadline is to unlink and to link. So each heartbeat may move it, and then advancing time
 * visits only refs that are due. Deadlines are kept to the millisecond: each call examines the
 * current slot again.
 */
export class TimingWheel {
  readonly #buffer = growingBuffer(nodeBytes, slots + maxRefs);
  readonly #ring = new Int32Array(this.#buffer);
  readonly #deadlines = new Float64Array(this.#buffer);
  /** No slot before that of this span has a ref that is due. */
  #span = 0;

  constructor() {
    this.makeRoom(0);
    for (let sentinel = 0; sentinel < slots; sentinel++) {
      this.#ring[sentinel * links + next] = sentinel + 1;
      this.#ring[sentinel * links + previous] = sentinel + 1;
    }
  }

  /** To be called before a ref is used that is greater than all before. */
  makeRoom(refs: number): void {
    makeRoom(this.#buffer, (slots + refs) * nodeBytes);
  }

  schedule(ref: number, deadlineMs: number): void {
    const node = slots + ref;
    this.#unlink(node);
    this.#deadlines[node * 2 + 1] = deadlineMs;
    this.#linkBefore(slotOf(this.#spanFor(ref, deadlineMs)), node);
  }

  /** Does nothing when the ref has no deadline. */
  unschedule(ref: number): void {
    this.#unlink(slots + ref);
  }

  /** Removes and returns at most `limit` refs whose deadline is `nowMs` or before. */
  takeDue(nowMs: number, limit: number): number[] {
    const due: number[] = [];
    const last = Math.floor(nowMs / spanMs);
    // One turn visits every slot, however long ago the previous call was.
    this.#span = Math.max(this.#span, last - slots + 1);
    while (this.#takeFrom(slotOf(this.#span), nowMs, due, limit) && this.#span < last) {
      this.#span++;
    }
    return due;
  }

  #unlink(node: number): void {
    const ring = this.#ring;
    const after = (ring[node * links + next] ?? 0) - 1;
    if (after < 0) return;
    const before = (ring[node * links + previous] ?? 0) - 1;
    ring[before * links + next] = after + 1;
    ring[after * links + previous] = before + 1;
    ring[node * links + next] = 0;
  }

  #linkBefore(sentinel: number, node: number): void {
    const ring = this.#ring;
    const last = (ring[sentinel * links + previous] ?? 0) - 1;
    ring[node * links + next] = sentinel + 1;
    ring[node * links + previous] = last + 1;
    ring[last * links + next] = node + 1;
    ring[sentinel * links + previous] = node + 1;
  }

  /** Spreads deadlines far ahead, so that a million equal ones are not in one slot before their time. */
  #spanFor(ref: number, deadlineMs: number): number {
    const due = Math.floor(deadlineMs / spanMs);
    if (due - this.#span < slots) return Math.max(this.#span, due);
    return this.#span + slots / 2 + (Math.imul(ref, 0x9e3779b1) >>> spreadShift);
  }

  /** Removes the due refs of the current slot; true when the limit was not reached. */
  #takeFrom(sentinel: number, nowMs: number, due: number[], limit: number): boolean {
    const ring = this.#ring;
    let node = (ring[sentinel * links + next] ?? 0) - 1;
    while (node !== sentinel) {
      const after = (ring[node * links + next] ?? 0) - 1;
      const deadlineMs = this.#deadlines[node * 2 + 1] ?? 0;
      if (deadlineMs <= nowMs) {
        if (due.length >= limit) return false;
        this.#unlink(node);
        due.push(node - slots);
      } else if (deadlineMs >= (this.#span + 1) * spanMs) {
        this.#unlink(node);
        this.#linkBefore(slotOf(this.#spanFor(node - slots, deadlineMs)), node);
      }
      node = after;
    }
    return true;
  }
}
