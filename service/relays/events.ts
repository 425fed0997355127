import { defined } from '../contract/defined.ts';
import type { EventBody } from '../contract/event.ts';
import { isoTime } from '../contract/values/iso-time.ts';
import type { Bypass } from './bypass.ts';
import type { Gate } from './gate.ts';

/** Most reasons and sources that an event carries. */
const maxListed = 20;
/** Reasons in the sentence for people. */
const maxInSentence = 3;

export function openedEvent(relay: string, { reasons }: Gate, bypass?: Bypass): EventBody {
  return {
    kind: 'relay.opened',
    subject: undefined,
    reason:
      bypass === undefined || reasons.length === 0
        ? `The relay ${relay} is open: all critical sources are fresh.`
        : `The relay ${relay} is held open until ${isoTime(bypass.untilMs)}, by ${bypass.by}: ${bypass.reason}`,
    data: { relay, ...defined({ bypassedUntil: isoTime(bypass?.untilMs) }) },
  };
}

export function closedEvent(relay: string, { reasons, missing }: Gate): EventBody {
  const more = reasons.length - maxInSentence;
  const listed = reasons.slice(0, maxInSentence).join(' ');
  return {
    kind: 'relay.closed',
    subject: undefined,
    reason: `The relay ${relay} is closed. ${listed}${more > 0 ? ` There are ${more} more reasons.` : ''}`,
    data: {
      relay,
      missing: missing.slice(0, maxListed),
      reasons: reasons.slice(0, maxListed),
    },
  };
}

export const bypassedEvent = (relay: string, { by, reason, untilMs }: Bypass): EventBody => ({
  kind: 'admin.acted',
  subject: undefined,
  reason: `The relay ${relay} is bypassed until ${isoTime(untilMs)}, by ${by}: ${reason}`,
  data: { action: 'bypass', relay, by, until: isoTime(untilMs), reason },
});

export const bypassEndedEvent = (relay: string, by: string): EventBody => ({
  kind: 'admin.acted',
  subject: undefined,
  reason: `The bypass of the relay ${relay} was ended, by ${by}.`,
  data: { action: 'end of bypass', relay, by },
});
