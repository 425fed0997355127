import type { Identity } from '../contract/instance.ts';
import type { Presence } from '../contract/presence.ts';
import type { JoinedRows } from '../store/presences/reader.ts';
import {
  instanceStatement,
  type PresenceTable,
  presenceStatement,
  removalStatement,
} from '../store/presences/table.ts';
import type { Statement } from '../store/writer/messages.ts';
import { touches, union } from './cover.ts';

/** Result of merging covers with the presences of their instance in the store. */
type Placement = {
  readonly instanceId: number;
  readonly statements: readonly Statement[];
  /** The newest presence of the instance once the statements are done. */
  readonly newest: Presence;
};

/** A presence as it will be, and the rows that it replaces. */
type Piece = { readonly presence: Presence; readonly replaced: JoinedRows | undefined };

/**
 * Merges covers with the presences of an instance in the store: what touches is joined, and the rows
 * that are joined become one. The covers are in the order of time and do not touch each other.
 *
 * Presences in the store do not touch each other either, so a join grows only by what a cover touches
 * and by the next cover. What was read must not change until the statements are committed, and no two
 * placements of one instance may wait for the same commit.
 */
export function place(
  table: PresenceTable,
  identity: Identity,
  covers: readonly [Presence, ...Presence[]],
): Placement {
  const found = table.newest(identity);
  const instanceId = found?.id ?? table.newInstance();
  const last = found?.presence;

  /** Most covers follow all presences, or continue the last one: no need to search. */
  const rowsAt = (cover: Presence): JoinedRows | undefined => {
    if (!last || cover.fromMs > last.reachMs) return undefined;
    if (cover.fromMs >= last.fromMs) return { rows: 1, presence: last };
    return table.joined(instanceId, cover.fromMs, cover.reachMs);
  };

  const [first, ...others] = covers;
  let piece = pieceOf(first, rowsAt(first));
  const pieces: Piece[] = [];
  for (const cover of others) {
    const next = pieceOf(cover, rowsAt(cover));
    if (touches(piece.presence, next.presence)) {
      piece = together(piece, next);
    } else {
      pieces.push(piece);
      piece = next;
    }
  }
  pieces.push(piece);

  return {
    instanceId,
    statements: [
      ...(found ? [] : [instanceStatement(instanceId, identity)]),
      ...pieces.flatMap((each) => replacement(instanceId, each)),
    ],
    newest: last && last.fromMs > piece.presence.reachMs ? last : piece.presence,
  };
}

const pieceOf = (cover: Presence, replaced: JoinedRows | undefined): Piece => ({
  presence: replaced ? union(replaced.presence, cover) : cover,
  replaced,
});

function together(a: Piece, b: Piece): Piece {
  const presence = union(a.presence, b.presence);
  if (!a.replaced || !b.replaced) return { presence, replaced: a.replaced ?? b.replaced };
  // The row that both touch, if there is one, is counted twice; only "one or more" matters.
  const isSame = a.replaced.rows === 1 && a.replaced.presence.fromMs === b.replaced.presence.fromMs;
  const rows = isSame ? b.replaced.rows : a.replaced.rows + b.replaced.rows;
  return {
    presence,
    replaced: { rows, presence: union(a.replaced.presence, b.replaced.presence) },
  };
}

function replacement(instanceId: number, { presence, replaced }: Piece): Statement[] {
  if (!replaced) return [presenceStatement(instanceId, presence)];
  const { fromMs, toMs, reachMs } = replaced.presence;
  const keepsRow = replaced.rows === 1 && fromMs === presence.fromMs;
  if (keepsRow && toMs === presence.toMs && reachMs === presence.reachMs) return [];
  return [
    ...(keepsRow ? [] : [removalStatement(instanceId, presence)]),
    presenceStatement(instanceId, presence),
  ];
}
