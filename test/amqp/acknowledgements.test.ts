import { describe, expect, it } from '@jest/globals';
import type { Message } from 'amqplib';
import fc from 'fast-check';
import { Acknowledgements } from '../../service/amqp/acknowledgements.ts';

const message = (deliveryTag: number): Message => ({
  content: Buffer.alloc(0),
  fields: { deliveryTag, redelivered: false, exchange: '', routingKey: '' },
  properties: {
    contentType: undefined,
    contentEncoding: undefined,
    headers: {},
    deliveryMode: undefined,
    priority: undefined,
    correlationId: undefined,
    replyTo: undefined,
    expiration: undefined,
    messageId: undefined,
    timestamp: undefined,
    type: undefined,
    userId: undefined,
    appId: undefined,
    clusterId: undefined,
  },
});

/** A broker that knows the delivered messages, and ends the channel at a frame that is not right. */
function createChannel(delivered: number) {
  const open = new Set(Array.from({ length: delivered }, (_, index) => index + 1));
  const settled: number[] = [];
  let frames = 0;
  const settle = (tag: number) => {
    if (!open.delete(tag)) throw new Error(`PRECONDITION_FAILED - unknown delivery tag ${tag}`);
    settled.push(tag);
  };
  return {
    open,
    settled,
    frames: () => frames,
    ack({ fields: { deliveryTag } }: Message, allUpTo = false) {
      frames++;
      if (allUpTo) for (const tag of [...open]) if (tag < deliveryTag) settle(tag);
      settle(deliveryTag);
    },
    reject({ fields: { deliveryTag } }: Message) {
      frames++;
      settle(deliveryTag);
    },
  };
}

describe('Acknowledgements', () => {
  it('acknowledges messages in a row with one frame, at the end of the turn', async () => {
    const channel = createChannel(100);
    const acks = new Acknowledgements(channel);
    for (let tag = 1; tag <= 100; tag++) acks.settle(message(tag));
    expect(channel.frames()).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(channel.frames()).toBe(1);
    expect(channel.open.size).toBe(0);
  });

  it('lets no message wait for an earlier one that is retried', () => {
    const channel = createChannel(5);
    const acks = new Acknowledgements(channel);
    for (const tag of [1, 3, 4, 5]) acks.settle(message(tag));
    acks.flush();
    expect([...channel.open]).toEqual([2]);
    acks.settle(message(2));
    acks.flush();
    expect(channel.open.size).toBe(0);
  });

  it('settles each message once and no other, in any order and with any flushes', () => {
    const plan = fc.integer({ min: 1, max: 40 }).chain((count) =>
      fc.tuple(
        fc.shuffledSubarray(
          Array.from({ length: count }, (_, index) => index + 1),
          { minLength: 0 },
        ),
        fc.array(fc.constantFrom('settle', 'settle', 'reject', 'flush'), { maxLength: 120 }),
      ),
    );
    fc.assert(
      fc.property(plan, ([order, steps]) => {
        const channel = createChannel(40);
        const acks = new Acknowledgements(channel);
        const left = [...order];
        const done = new Set<number>();
        for (const step of steps) {
          if (step === 'flush') {
            acks.flush();
            expect(new Set(channel.settled)).toEqual(done);
            continue;
          }
          const tag = left.shift();
          if (tag === undefined) continue;
          done.add(tag);
          acks[step](message(tag));
        }
        acks.flush();
        expect(new Set(channel.settled)).toEqual(done);
        expect(channel.settled).toHaveLength(done.size);
      }),
    );
  });

  it('ignores that the channel has ended', () => {
    const fail = () => {
      throw new Error('Channel closed');
    };
    const acks = new Acknowledgements({ ack: fail, reject: fail });
    acks.settle(message(1));
    expect(() => acks.flush()).not.toThrow();
    expect(() => acks.reject(message(2))).not.toThrow();
  });
});
