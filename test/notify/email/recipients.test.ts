import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRecipients } from '../../../service/notify/email/recipients.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';

type Reaction = 'accepts' | 'defers' | 'refuses';

const addresses = ['a', 'b', 'c'];
const reaction = fc.constantFrom<Reaction>('accepts', 'defers', 'refuses');
/** Reaction of each address to each attempt; `a` accepts every message. */
const attempts = fc.infiniteStream(fc.record({ b: reaction, c: reaction }));

const minuteMs = 60_000;

describe('createRecipients', () => {
  it('delivers every message once to each accepting address, and waits only minutes for the others', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(attempts, { minLength: 1, maxLength: 6 }), async (messages) => {
        const clock = createFakeClock();
        const recipients = createRecipients(addresses, { clock, log: createRecordedLog().log });
        for (const [index, stream] of messages.entries()) {
          const messageId = `<${index}>`;
          const taken: string[] = [];
          const begunMs = clock.monotonic();
          for (const reactions of stream) {
            const missing = recipients.missing(messageId);
            const by = (wanted: Reaction) =>
              missing.filter((address) => ({ a: 'accepts', ...reactions })[address] === wanted);
            taken.push(...by('accepts'));
            const refused = [
              ...by('defers').map((address) => ({ address, isTemporary: true, response: '450' })),
              ...by('refuses').map((address) => ({ address, isTemporary: false, response: '550' })),
            ];
            const outcome = recipients.outcomeOf(messageId, {
              kind: 'sent',
              accepted: by('accepts'),
              refused,
            });
            expect(outcome.kind).not.toBe('rejected');
            if (outcome.kind === 'delivered') break;
            expect(by('defers')).not.toEqual([]);
            await clock.advance(minuteMs);
          }
          expect(taken.filter((address) => address === 'a')).toHaveLength(1);
          expect(new Set(taken).size).toBe(taken.length);
          expect(clock.monotonic() - begunMs).toBeLessThanOrEqual(6 * minuteMs);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('rejects a message only when every address has refused it for good', () => {
    const recipients = createRecipients(addresses, {
      clock: createFakeClock(),
      log: createRecordedLog().log,
    });
    const outcome = (messageId: string, ...reactions: Reaction[]) => {
      const by = (wanted: Reaction) => addresses.filter((_, index) => reactions[index] === wanted);
      return recipients.outcomeOf(messageId, {
        kind: 'sent',
        accepted: by('accepts'),
        refused: [
          ...by('defers').map((address) => ({ address, isTemporary: true, response: '450' })),
          ...by('refuses').map((address) => ({ address, isTemporary: false, response: '550' })),
        ],
      }).kind;
    };
    expect(outcome('<1>', 'refuses', 'refuses', 'refuses')).toBe('rejected');
    expect(outcome('<2>', 'refuses', 'defers', 'refuses')).toBe('retry');
    expect(outcome('<3>', 'refuses', 'accepts', 'refuses')).toBe('delivered');
  });
});
