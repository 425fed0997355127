import fc from 'fast-check';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import type { Identity } from '../../service/contract/instance.ts';
import type { Presence } from '../../service/contract/presence.ts';
import { createLedger, type Ledger, type LedgerOptions } from '../../service/ledger/ledger.ts';
import type { PresenceTable } from '../../service/store/presences/table.ts';

export const minute = 60_000;
export const day = 86_400_000;
/** What the clock of a ledger under test says unless the test says otherwise. */
export const nowMs = 1_800_000_000_000;

export const someone: Identity = { name: 'Orion', version: '1.0', instance: 'a' };

export const beatAt = (timestampMs: number, identity: Identity = someone): Heartbeat => ({
  ...identity,
  timestampMs,
  receivedAtMs: nowMs,
});

export const coverArbitrary = fc
  .record({ fromMs: fc.nat(500), length: fc.nat(60) })
  .map(({ fromMs, length }): Presence => ({ fromMs, toMs: fromMs, reachMs: fromMs + length }));

export const always = [-Infinity, Infinity] as const;

/** A registry as small as it can be: refs are given in order, and used again. */
export function createRefs() {
  const identities: (Identity | undefined)[] = [];
  const key = (identity: Identity) => JSON.stringify(Object.values(identity).slice(0, 3));
  const keyOf = ({ name, version, instance }: Identity) => key({ name, version, instance });
  const refOf = (identity: Identity) => {
    const ref = identities.findIndex((known) => known && keyOf(known) === keyOf(identity));
    return ref === -1 ? undefined : ref;
  };
  return {
    refOf,
    identityOf(ref: number): Identity {
      const identity = identities[ref];
      if (!identity) throw new Error(`no instance has the ref ${ref}`);
      return identity;
    },
    enter(identity: Identity): number {
      const free = identities.indexOf(undefined);
      const ref = refOf(identity) ?? (free === -1 ? identities.length : free);
      identities[ref] = identity;
      return ref;
    },
    leave(ref: number): void {
      identities[ref] = undefined;
    },
  };
}

export type LedgerFixture = Ledger & {
  readonly refs: ReturnType<typeof createRefs>;
  /** Records the heartbeat of an instance that becomes known by it. */
  beat(timestampMs: number, downMs?: number, identity?: Identity): void;
};

export function openLedger(
  table: PresenceTable,
  options: Partial<LedgerOptions> = {},
): LedgerFixture {
  const refs = createRefs();
  const ledger = createLedger({
    table,
    identityOf: refs.identityOf,
    refOf: refs.refOf,
    retentionDays: 400,
    now: () => nowMs,
    ...options,
  });
  return {
    ...ledger,
    refs,
    beat(timestampMs, downMs = 2 * minute, identity = someone) {
      ledger.record(refs.enter(identity), beatAt(timestampMs, identity), downMs);
    },
  };
}
