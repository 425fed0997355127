import { setImmediate } from 'node:timers/promises';
import type { Identity } from '../contract/instance.ts';
import type { Presence } from '../contract/presence.ts';
import { sizeClass } from '../store/presences/size.ts';
import {
  extensionStatement,
  type PresenceTable,
  presenceStatement,
} from '../store/presences/table.ts';
import type { Statement } from '../store/writer/messages.ts';
import { type Backlog, type BacklogEntry, createBacklog } from './backlog.ts';
import { coalesce } from './cover.ts';
import type { NewestPresences } from './newest.ts';
import { place } from './placement.ts';

/** What a checkpoint writes; `backlog` is emptied by it, `newest` is marked. */
type CheckpointSource = {
  readonly table: PresenceTable;
  readonly newest: NewestPresences;
  readonly takeBacklog: () => Backlog;
  readonly identityOf: (ref: number) => Identity;
  readonly refOf: (identity: Identity) => number | undefined;
  readonly portion: Portion;
};

/**
 * Size of one commit, so that heartbeats do not wait long behind it. Placements read, and so cost
 * more than extensions. Other work may run more often: after `pauseAfter` placements, or four times
 * as many extensions.
 */
export type Portion = {
  readonly placements: number;
  readonly extensions: number;
  readonly pauseAfter: number;
};

export const usualPortion: Portion = { placements: 1_000, extensions: 4_000, pauseAfter: 250 };

/**
 * Writes every dirty presence and then the backlog, in portions, each a commit. They need not be one
 * commit: whatever part of them is on disk, the heartbeats replayed from the cursor lead to the same
 * presences.
 *
 * The order matters. A presence that is replaced before its turn comes, because a newer one begins or
 * its ref is released, goes to the backlog, which is taken after all presences had their turn. And
 * the backlog may change the rows that presences are bound to: they are unbound, and merge with the
 * store the next time they are written.
 */
export class Checkpoint {
  readonly #source: CheckpointSource;
  readonly #aside = createBacklog();
  #backlog = createBacklog();

  constructor(source: CheckpointSource) {
    this.#source = source;
  }

  /** Covers that are being written: the store may have them or not. */
  underWay(): readonly Backlog[] {
    return [this.#aside, this.#backlog];
  }

  /** Resolves when all is on disk. Throws `StoreUnavailable`: then `underWay` may not be. */
  async run(): Promise<void> {
    await this.#writeNewest();
    await this.#writeBacklog();
  }

  async #writeNewest(): Promise<void> {
    const { newest } = this.#source;
    for (let ref = newest.nextDirty(0); ref !== -1; ) {
      const refs: number[] = [];
      try {
        ref = await this.#writePortion(ref, refs);
      } catch (error) {
        for (const given of refs) newest.failed(given);
        throw error;
      }
      for (const given of refs) newest.written(given);
    }
  }

  /** Writes presences from a ref on, which it notes in `refs`. Returns the ref to continue with. */
  async #writePortion(from: number, refs: number[]): Promise<number> {
    const { newest, portion, table } = this.#source;
    const statements: Statement[] = [];
    let ref = from;
    let left = portion.extensions;
    let untilPause = portion.pauseAfter;
    for (; ref !== -1 && left > 0; ref = newest.nextDirty(ref + 1)) {
      const isBound = newest.rowOf(ref) !== undefined;
      refs.push(ref);
      statements.push(...this.#statementsFor(ref));
      left -= isBound ? 1 : portion.extensions / portion.placements;
      untilPause -= isBound ? 0.25 : 1;
      if (untilPause > 0) continue;
      await setImmediate();
      untilPause = portion.pauseAfter;
    }
    if (statements.length > 0) await table.write(statements);
    return ref;
  }

  #statementsFor(ref: number): readonly Statement[] {
    const { newest } = this.#source;
    const presence = newest.get(ref);
    if (!presence) return [];
    const row = newest.rowOf(ref);
    if (!row) return this.#bind(ref, presence);
    const size = sizeClass(presence.fromMs, presence.reachMs);
    newest.writing(ref, size);
    const statement = size === row.size ? extensionStatement : presenceStatement;
    return [statement(row.instanceId, presence)];
  }

  /** Finds or makes the row of a presence: the newest of its instance. */
  #bind(ref: number, presence: Presence): readonly Statement[] {
    const { table, newest, identityOf } = this.#source;
    const identity = identityOf(ref);
    const placed = place(table, identity, [presence]);
    // If the store has a newer one, that replaces this one, which is known until it is on disk.
    if (placed.newest.fromMs > presence.reachMs) this.#aside.add(identity, presence);
    newest.bind(ref, placed.instanceId, placed.newest);
    newest.writing(ref, sizeClass(placed.newest.fromMs, placed.newest.reachMs));
    return placed.statements;
  }

  async #writeBacklog(): Promise<void> {
    const { table, newest, portion, refOf, takeBacklog } = this.#source;
    this.#backlog = takeBacklog();
    for (const works of portions(this.#backlog.entries(), portion.placements)) {
      const statements: Statement[] = [];
      let untilPause = portion.pauseAfter;
      for (const { identity, covers } of works) {
        const ref = refOf(identity);
        if (ref !== undefined) newest.unbind(ref);
        statements.push(...place(table, identity, covers).statements);
        untilPause -= covers.length;
        if (untilPause > 0) continue;
        await setImmediate();
        untilPause = portion.pauseAfter;
      }
      if (statements.length > 0) await table.write(statements);
    }
  }
}

type Work = { readonly identity: Identity; readonly covers: readonly [Presence, ...Presence[]] };

/** Portions of so many covers; an instance with more than fit continues in the next portion. */
function* portions(entries: Iterable<BacklogEntry>, maxCovers: number): Generator<Work[]> {
  let works: Work[] = [];
  let room = maxCovers;
  for (const { identity, covers } of entries) {
    const joined = coalesce(covers);
    for (let at = 0; at < joined.length; ) {
      const [first, ...others] = joined.slice(at, at + room);
      if (first) works.push({ identity, covers: [first, ...others] });
      at += others.length + 1;
      room -= others.length + 1;
      if (room > 0) continue;
      yield works;
      works = [];
      room = maxCovers;
    }
  }
  if (works.length > 0) yield works;
}
