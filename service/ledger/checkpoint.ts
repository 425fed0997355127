import type { Identity } from '../contract/instance.ts';
import type { Presence } from '../contract/presence.ts';
import { sizeClass } from '../store/presences/size.ts';
import {
  extensionStatement,
  type PresenceTable,
  presenceStatement,
} from '../store/presences/table.ts';
import type { Statement } from '../store/writer.ts';
import { type Backlog, type BacklogEntry, createBacklog } from './backlog.ts';
import { coalesce } from './cover.ts';
import type { Newest } from './newest.ts';
import { place } from './placement.ts';

/** What a checkpoint brings to the store; `backlog` is emptied by it, `newest` is marked. */
export type CheckpointSource = {
  readonly table: PresenceTable;
  readonly newest: Newest;
  readonly takeBacklog: () => Backlog;
  readonly identityOf: (ref: number) => Identity;
  readonly refOf: (identity: Identity) => number | undefined;
  readonly portion: Portion;
};

export type Checkpoint = {
  /** Covers that are being written: the store may have them or not. */
  underWay(): readonly Backlog[];
  /** Resolves when all is on disk. Throws `StoreUnavailable`: then `underWay` may not be. */
  run(): Promise<void>;
};

/**
 * One commit holds no more than this, so that neither heartbeats that wait to be stored behind it
 * nor the event loop are held up: a placement reads, an extension does not.
 */
export type Portion = { readonly placements: number; readonly extensions: number };

export const usualPortion: Portion = { placements: 250, extensions: 2_000 };

/**
 * Writes every dirty presence and then the backlog, a portion after the other, each a commit. They
 * need not be one: whatever part of them is on disk, the heartbeats replayed from the cursor lead
 * to the same presences.
 *
 * The order matters. A presence that must give way before its turn comes, because a newer one
 * begins or its ref is released, goes to the backlog, which is taken after all presences had their
 * turn. And the backlog may change the rows in which presences are rooted: these are uprooted, and
 * lay themselves against the store the next time that they are written.
 */
export function createCheckpoint(source: CheckpointSource): Checkpoint {
  const { table, newest, portion } = source;
  const aside = createBacklog();
  let backlog = createBacklog();

  async function writeBacklog(): Promise<void> {
    backlog = source.takeBacklog();
    for (const works of portions(backlog.entries(), portion.placements)) {
      for (const { identity } of works) uproot(source.refOf(identity));
      await write(
        works.flatMap(({ identity, covers }) => place(table, identity, covers).statements),
      );
    }
  }

  function uproot(ref: number | undefined): void {
    if (ref !== undefined) newest.uproot(ref);
  }

  async function writeNewest(): Promise<void> {
    for (let ref = newest.nextDirty(0); ref !== -1; ) {
      const refs: number[] = [];
      const statements: Statement[] = [];
      let placements = 0;
      while (ref !== -1 && placements < portion.placements && refs.length < portion.extensions) {
        if (!newest.rootOf(ref)) placements++;
        statements.push(...statementsFor(ref));
        refs.push(ref);
        ref = newest.nextDirty(ref + 1);
      }
      await write(statements, refs);
    }
  }

  function statementsFor(ref: number): readonly Statement[] {
    const presence = newest.get(ref);
    if (!presence) return [];
    const root = newest.rootOf(ref);
    return root ? extend(ref, root, presence) : plant(ref, presence);
  }

  function extend(
    ref: number,
    { instanceId, size }: { instanceId: number; size: number },
    presence: Presence,
  ): Statement[] {
    const grown = sizeClass(presence.fromMs, presence.reachMs);
    newest.writing(ref, grown);
    const statement = grown === size ? extensionStatement : presenceStatement;
    return [statement(instanceId, presence)];
  }

  /** Finds or makes the row that the presence is rooted in: that of the instance's newest. */
  function plant(ref: number, presence: Presence): readonly Statement[] {
    const identity = source.identityOf(ref);
    const placed = place(table, identity, [presence]);
    // If the store has a newer one, that takes the place; this one is known until it is on disk.
    if (placed.newest.fromMs > presence.reachMs) aside.add(identity, presence);
    newest.root(ref, placed.instanceId, placed.newest);
    newest.writing(ref, sizeClass(placed.newest.fromMs, placed.newest.reachMs));
    return placed.statements;
  }

  async function write(
    statements: readonly Statement[],
    refs: readonly number[] = [],
  ): Promise<void> {
    try {
      if (statements.length > 0) await table.write(statements);
      for (const ref of refs) newest.written(ref);
    } catch (error) {
      for (const ref of refs) newest.failed(ref);
      throw error;
    }
  }

  return {
    underWay: () => [aside, backlog],
    async run() {
      await writeNewest();
      await writeBacklog();
    },
  };
}

type Work = { readonly identity: Identity; readonly covers: readonly [Presence, ...Presence[]] };

/** Portions of so many covers; an instance with more than fit goes on in the next portion. */
function* portions(entries: Iterable<BacklogEntry>, most: number): Generator<Work[]> {
  let works: Work[] = [];
  let room = most;
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
      room = most;
    }
  }
  if (works.length > 0) yield works;
}
