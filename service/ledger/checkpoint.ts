import { setImmediate as turnOfLoop } from 'node:timers/promises';
import type { Identity } from '../contract/instance.ts';
import type { Presence } from '../contract/presence.ts';
import { sizeClass } from '../store/presences/size.ts';
import {
  extensionStatement,
  type PresenceTable,
  presenceStatement,
} from '../store/presences/table.ts';
import type { Statement } from '../store/writer/writer.ts';
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
 * So much is one commit, lest heartbeats wait long to be stored behind it; placements read, and so
 * cost more than extensions. The event loop gets a turn more often, after `breath` placements or
 * four times as many extensions.
 */
export type Portion = {
  readonly placements: number;
  readonly extensions: number;
  readonly breath: number;
};

export const usualPortion: Portion = { placements: 1_000, extensions: 4_000, breath: 250 };

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
      const statements: Statement[] = [];
      let breath = portion.breath;
      for (const { identity, covers } of works) {
        uproot(source.refOf(identity));
        statements.push(...place(table, identity, covers).statements);
        breath -= covers.length;
        if (breath > 0) continue;
        await turnOfLoop();
        breath = portion.breath;
      }
      if (statements.length > 0) await table.write(statements);
    }
  }

  function uproot(ref: number | undefined): void {
    if (ref !== undefined) newest.uproot(ref);
  }

  async function writeNewest(): Promise<void> {
    for (let ref = newest.nextDirty(0); ref !== -1; ) {
      const refs: number[] = [];
      try {
        ref = await writePortion(ref, refs);
      } catch (error) {
        for (const given of refs) newest.failed(given);
        throw error;
      }
      for (const given of refs) newest.written(given);
    }
  }

  /** Writes presences from a ref on, which it notes in `refs`; says with which ref to go on. */
  async function writePortion(from: number, refs: number[]): Promise<number> {
    const statements: Statement[] = [];
    let ref = from;
    let left = portion.extensions;
    let breath = portion.breath;
    for (; ref !== -1 && left > 0; ref = newest.nextDirty(ref + 1)) {
      const isRooted = newest.rootOf(ref) !== undefined;
      refs.push(ref);
      statements.push(...statementsFor(ref));
      left -= isRooted ? 1 : portion.extensions / portion.placements;
      breath -= isRooted ? 0.25 : 1;
      if (breath > 0) continue;
      await turnOfLoop();
      breath = portion.breath;
    }
    if (statements.length > 0) await table.write(statements);
    return ref;
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
