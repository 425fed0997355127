import { growingBuffer, makeRoom, mostRefs } from '../runtime/collections/growing-buffer.ts';

/**
 * The deadlines of refs: a wheel of short spans of time, each the ring of the refs whose deadline
 * lies in it. Who has a turn of the wheel or more until then stands anywhere in between, to be put
 * further when time comes by.
 *
 *   slot of span s:  sentinel ⇄ ref ⇄ ref ⇄ … ⇄ sentinel
 *
 * To move a deadline is to unlink and to link: so it may be done at each heartbeat, and then time
 * passing visits nobody who is well. Deadlines are kept to the millisecond: the slot that time
 * stands in is looked through again at each call.
 */
export type TimingWheel = {
  /** To be called before a ref is used that is greater than all before. */
  makeRoom(refs: number): void;
  schedule(ref: number, deadlineMs: number): void;
  /** Does nothing when the ref has no deadline. */
  unschedule(ref: number): void;
  /** Takes out at most `limit` refs whose deadline is `nowMs` or before. */
  takeDue(nowMs: number, limit: number): number[];
};

/**
 * A turn takes 35 minutes. The spans are short because what is not yet due of the last one is passed
 * over at each call, and when a million fall silent at once there are many calls.
 */
const slots = 65_536;
const spanMs = 32;
/** Leaves of 32 bits as many as number half of the slots. */
const spreadShift = 17;
const slotOf = (span: number) => span & (slots - 1);

/**
 * A node: the next and the previous one, each plus 1, then the deadline as a double. So a node
 * that was never touched, all zeros, is linked to nothing.
 */
const nodeBytes = 16;
const links = 4;
const next = 0;
const previous = 1;

/** Nodes 0 … slots-1 are the sentinels; ref r is node slots + r. */
export function createTimingWheel(): TimingWheel {
  const buffer = growingBuffer(nodeBytes, slots + mostRefs);
  const ring = new Int32Array(buffer);
  const deadlines = new Float64Array(buffer);
  /** All slots before that of this span are empty of what is due. */
  let span = 0;

  function unlink(node: number): void {
    const after = (ring[node * links + next] ?? 0) - 1;
    if (after < 0) return;
    const before = (ring[node * links + previous] ?? 0) - 1;
    ring[before * links + next] = after + 1;
    ring[after * links + previous] = before + 1;
    ring[node * links + next] = 0;
  }

  function linkBefore(sentinel: number, node: number): void {
    const last = (ring[sentinel * links + previous] ?? 0) - 1;
    ring[node * links + next] = sentinel + 1;
    ring[node * links + previous] = last + 1;
    ring[last * links + next] = node + 1;
    ring[sentinel * links + previous] = node + 1;
  }

  /** Those far ahead are spread: of a million with the same deadline none meets the others before. */
  function spanFor(ref: number, deadlineMs: number): number {
    const due = Math.floor(deadlineMs / spanMs);
    if (due - span < slots) return Math.max(span, due);
    return span + slots / 2 + (Math.imul(ref, 0x9e3779b1) >>> spreadShift);
  }

  /** Takes what is due in the slot that time stands in; true when the limit was not reached. */
  function takeFrom(sentinel: number, nowMs: number, due: number[], limit: number): boolean {
    let node = (ring[sentinel * links + next] ?? 0) - 1;
    while (node !== sentinel) {
      const after = (ring[node * links + next] ?? 0) - 1;
      const deadlineMs = deadlines[node * 2 + 1] ?? 0;
      if (deadlineMs <= nowMs) {
        if (due.length >= limit) return false;
        unlink(node);
        due.push(node - slots);
      } else if (deadlineMs >= (span + 1) * spanMs) {
        unlink(node);
        linkBefore(slotOf(spanFor(node - slots, deadlineMs)), node);
      }
      node = after;
    }
    return true;
  }

  makeRoom(buffer, slots * nodeBytes);
  for (let sentinel = 0; sentinel < slots; sentinel++) {
    ring[sentinel * links + next] = sentinel + 1;
    ring[sentinel * links + previous] = sentinel + 1;
  }

  return {
    makeRoom: (refs) => makeRoom(buffer, (slots + refs) * nodeBytes),
    schedule(ref, deadlineMs) {
      const node = slots + ref;
      unlink(node);
      deadlines[node * 2 + 1] = deadlineMs;
      linkBefore(slotOf(spanFor(ref, deadlineMs)), node);
    },
    unschedule: (ref) => unlink(slots + ref),
    takeDue(nowMs, limit) {
      const due: number[] = [];
      const last = Math.floor(nowMs / spanMs);
      // One turn sees every slot, however long nobody called.
      span = Math.max(span, last - slots + 1);
      while (takeFrom(slotOf(span), nowMs, due, limit) && span < last) span++;
      return due;
    },
  };
}
