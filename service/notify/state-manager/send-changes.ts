import { type Outcome, type Retry, retry } from '../../contract/outcome.ts';
import type { ChangeKind } from './changes.ts';
import type { PendingChanges } from './pending-changes.ts';

/** Most components in a request. */
const maxNames = 5_000;
/** Most requests that look for components at fault, of one kind of change in one delivery. */
const maxRequests = 32;
/** Most components in one delivery that are tried again alone. */
const maxSingles = 4;

/**
 * Sends the pending changes of one kind. A rejected request is halved, so that a component at fault
 * delays no other; alone it stays pending, and is tried again with every delivery. Returns the first
 * failure.
 */
export async function sendChanges(
  kind: ChangeKind,
  pending: PendingChanges,
  patch: (names: readonly string[]) => Promise<Outcome>,
): Promise<Retry | undefined> {
  let failure: Retry | undefined;

  async function send(names: readonly string[]): Promise<'taken' | 'rejected' | 'failed'> {
    const outcome = await patch(names);
    switch (outcome.kind) {
      case 'delivered':
        pending.settle(names);
        return 'taken';
      case 'retry':
        failure ??= outcome;
        return 'failed';
      case 'rejected':
        failure ??= retry('unexpected-answer', `${outcome.detail} (${firstOf(names)})`);
        if (names.length === 1) for (const name of names) pending.refuse(name);
        return 'rejected';
    }
  }

  const refused = pending.namesOf(kind, { areRefused: true }).slice(0, maxNames);
  const parts = portionsOf(pending.namesOf(kind, { areRefused: false }));
  for (let requests = 0; requests < maxRequests; requests++) {
    const names = parts.shift();
    if (names === undefined) break;
    const result = await send(names);
    if (result === 'failed') return failure;
    if (result === 'rejected' && names.length > 1) parts.push(...halve(names));
  }

  if (refused.length === 0) return failure;
  const result = await send(refused);
  if (result !== 'rejected' || refused.length === 1) return failure;
  for (const name of refused.slice(0, maxSingles)) {
    if ((await send([name])) === 'failed') break;
  }
  return failure;
}

function portionsOf(names: readonly string[]): (readonly string[])[] {
  const count = Math.ceil(names.length / maxNames);
  return Array.from({ length: count }, (_, index) =>
    names.slice(index * maxNames, (index + 1) * maxNames),
  );
}

function halve(names: readonly string[]): (readonly string[])[] {
  const middle = Math.ceil(names.length / 2);
  return [names.slice(0, middle), names.slice(middle)];
}

const firstOf = (names: readonly string[]): string =>
  names.length > 3
    ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`
    : names.join(', ');
