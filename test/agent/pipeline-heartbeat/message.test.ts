import { describe, expect, it } from '@jest/globals';
import { formatMessage } from '../../../service/agent/pipeline-heartbeat/message.ts';
import { messageSchema, messagesOf, publisherCases } from './recorded.ts';

const timeOf = (text: string) => Date.parse(text.replace(' UTC', 'Z').replace(' ', 'T'));

type Component = { readonly name: string; readonly status: string; readonly timestamp: string };
const statusOf = ({ name, status, timestamp }: Component) => ({
  name,
  isOk: status === 'ok',
  checkedAtMs: timeOf(timestamp),
});

describe('formatMessage', () => {
  it('writes every recorded message of the original byte for byte', () => {
    const recorded = publisherCases().flatMap(messagesOf);
    expect(recorded.length).toBeGreaterThan(30);
    for (const text of recorded) {
      const { timestamp, hosts, rmq_consumers } = messageSchema.parse(JSON.parse(text));
      const report = {
        startedAtMs: timeOf(timestamp),
        hosts: hosts.map(statusOf),
        queues: rmq_consumers.queues_status.map(statusOf),
        consumers: rmq_consumers.services_status.map(statusOf),
      };
      expect(formatMessage(report)).toEqual({ text });
    }
  });

  it('escapes as Python does', () => {
    const names = ['"\\/\b\f\n\r\t\u0001\u007f', 'é€😀', '\ud800'];
    const hosts = names.map((name) => ({ name, isOk: true, checkedAtMs: 0 }));
    const { text } = formatMessage({ startedAtMs: 0, hosts, queues: [], consumers: [] });
    // What json.dumps prints for these texts.
    expect(text).toContain('"name": "\\"\\\\/\\b\\f\\n\\r\\t\\u0001\u007f"');
    expect(text).toContain('"name": "\\u00e9\\u20ac\\ud83d\\ude00"');
    expect(text).toContain('"name": "\\ud800"');
  });
});
