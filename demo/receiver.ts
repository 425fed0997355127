import type { CloudEvent } from '../service/contract/cloud-event.ts';
import type { EventKind } from '../service/contract/event.ts';

/** What the receiver is told of: what wakes people, and what lets them sleep again. */
export const toldKinds: readonly EventKind[] = ['down', 'recovered', 'retired', 'silence.created'];

/** What the receiver printed, against what it should have been told. */
export type Postbox = {
  /** A line of the receiver's; gives what is to be said of it. */
  note(line: string): string;
  /** An event that the service has, told or not. */
  expect(event: CloudEvent): void;
  status(): Receipts;
};

export type Receipts = {
  /** Different events that came, with a good signature. */
  readonly signed: number;
  /** Messages that were refused, for want of one, or came twice. */
  readonly refused: number;
  readonly again: number;
  /** Events that should have come and have not. */
  readonly missing: number;
  /** Events that were kept from it by a silence. */
  readonly silenced: number;
};

export function createPostbox(): Postbox {
  const expected = new Set<string>();
  const signed = new Set<string>();
  let [refused, again, silenced] = [0, 0, 0];
  return {
    note(line) {
      const [, id = ''] = /\(signed, (?:again, )?(\w+)\)$/.exec(line) ?? [];
      if (id === '') refused += 1;
      else if (signed.has(id)) again += 1;
      else signed.add(id);
      return line.replace(/^\d\d:\d\d:\d\d /, '').replaceAll(/ +/g, ' ');
    },
    expect({ id, data: { kind, silencedBy } }) {
      if (!toldKinds.includes(kind)) return;
      if (silencedBy === undefined) expected.add(id);
      else silenced += 1;
    },
    status: () => ({
      signed: signed.size,
      refused,
      again,
      missing: expected.difference(signed).size,
      silenced,
    }),
  };
}
