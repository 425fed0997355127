import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRecipients } from '../../../service/notify/email/recipients.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createRecordedLog } from '../../support/recorded-log.ts';

type Verdict = 'takes' | 'puts off' | 'refuses';

const addresses = ['a', 'b', 'c'];
const verdict = fc.constantFrom<Verdict>('takes', 'puts off', 'refuses');
/** What each address says at each attempt at a message; `a` takes everything. */
const attempts = fc.infiniteStream(fc.record({ b: verdict, c: verdict }));

const minuteMs = 60_000;

describe('createRecipients', () => {
  it('gives each who takes it every message once, and waits for nobody longer than minutes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(attempts, { minLength: 1, maxLength: 6 }), async (messages) => {
        const clock = createFakeClock();
        const recipients = createRecipients(addresses, { clock, log: createRecordedLog().log });
        for (const [index, stream] of messages.entries()) {
          const messageId = `<${index}>`;
          const taken: string[] = [];
          const begunMs = clock.monotonic();
          for (const said of stream) {
            const missing = recipients.missing(messageId);
            const by = (wanted: Verdict) =>
              missing.filter((address) => ({ a: 'takes', ...said })[address] === wanted);
            taken.push(...by('takes'));
            const refused = [
              ...by('puts off').map((address) => ({ address, isTemporary: true, answer: '450' })),
              ...by('refuses').map((address) => ({ address, isTemporary: false, answer: '550' })),
            ];
            const outcome = recipients.judge(messageId, {
              kind: 'judged',
              accepted: by('takes'),
              refused,
            });
            expect(outcome.kind).not.toBe('rejected');
            if (outcome.kind === 'delivered') break;
            expect(by('puts off')).not.toEqual([]);
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

  it('has a verdict on the message only when nobody is left who might take it', () => {
    const recipients = createRecipients(addresses, {
      clock: createFakeClock(),
      log: createRecordedLog().log,
    });
    const judge = (messageId: string, ...verdicts: Verdict[]) => {
      const by = (wanted: Verdict) => addresses.filter((_, index) => verdicts[index] === wanted);
      return recipients.judge(messageId, {
        kind: 'judged',
        accepted: by('takes'),
        refused: [
          ...by('puts off').map((address) => ({ address, isTemporary: true, answer: '450' })),
          ...by('refuses').map((address) => ({ address, isTemporary: false, answer: '550' })),
        ],
      }).kind;
    };
    expect(judge('<1>', 'refuses', 'refuses', 'refuses')).toBe('rejected');
    expect(judge('<2>', 'refuses', 'puts off', 'refuses')).toBe('retry');
    expect(judge('<3>', 'refuses', 'takes', 'refuses')).toBe('delivered');
  });
});
