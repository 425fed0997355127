import { afterEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type Mock, type MockOptions, startMock } from '../../monasca-mock/mock.ts';
import {
  type Bindings,
  differences,
  headerDifferences,
  readOracle,
  substitute,
} from '../support/oracle.ts';

/*
 * All recorded exchanges with a real Keystone 22, in the same order. Not compared are the wording of
 * messages, hosts, ids, tokens, times, and the order of lists without an order. `incomparable` lists
 * the exchanges that are sent and not compared, with the reason.
 */

const exchange = z.object({
  seq: z.number(),
  request: z.object({
    method: z.string(),
    path: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.unknown(),
    /** The body as text, if it was not JSON or had the wrong type. */
    raw: z.string().optional(),
  }),
  response: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    json: z.unknown(),
    text: z.string().nullable(),
  }),
});
type Exchange = z.infer<typeof exchange>;

const loose = {
  wording: ['message', 'error_description'],
  random: ['audit_ids'],
  unordered: ['roles', 'methods', 'endpoints', 'users', 'role_assignments'],
};
const headerNames = ['content-type', 'vary', 'www-authenticate', 'location', 'x-subject-token'];

const recordings: { file: string; options: MockOptions; incomparable: Record<number, string> }[] = [
  {
    file: 'keystone.jsonl',
    options: {},
    incomparable: { 34: 'the recording masks the wrong secret as the right one' },
  },
  { file: 'keystone-directory.jsonl', options: {}, incomparable: {} },
  {
    file: 'keystone-login.jsonl',
    options: { settings: { lockoutAttempts: 3, lockoutSeconds: 5 } },
    incomparable: {},
  },
  {
    file: 'keystone-lifecycle.jsonl',
    options: {},
    incomparable: {
      16: 'without foreign keys SQLite gave Keystone the roles of an older, deleted credential',
      17: 'the same damage in the list of the credentials',
      19: 'Keystone revoked by the second: the token came in the second in which others ended',
      26: 'the damage of 16 again',
      61: 'the type of an empty response to OPTIONS, which means nothing',
      59: 'the project of the caller is gone, so either complaint is right',
    },
  },
];

describe('the Keystone of the mock', () => {
  let mock: Mock | undefined;
  afterEach(() => mock?.close());

  for (const { file, options, incomparable } of recordings) {
    it(`responds as recorded in ${file}`, async () => {
      let nowMs = Date.UTC(2026, 10, 20, 7, 40, 59);
      mock = await startMock({
        keystonePort: 0,
        monascaPort: 0,
        accounts: 'bootstrap',
        now: () => nowMs,
        ...options,
      });
      const bindings: Bindings = new Map();
      const faults: string[] = [];
      for (const recorded of readOracle(file, exchange)) {
        // Only the lockout waited: five seconds before the last login.
        if (file === 'keystone-login.jsonl' && recorded.seq === 163) nowMs += 5500;
        const found = await replay(mock, recorded, bindings);
        if (incomparable[recorded.seq] === undefined) {
          const { method, path } = recorded.request;
          faults.push(...found.map((fault) => `${recorded.seq} ${method} ${path}: ${fault}`));
        }
        nowMs += 10;
      }
      expect(faults).toEqual([]);
    });
  }
});

async function replay(mock: Mock, recorded: Exchange, bindings: Bindings): Promise<string[]> {
  const { request, response } = recorded;
  const actual = await fetch(new URL(substitute(request.path, bindings), mock.keystoneUrl), {
    method: request.method,
    headers: headersOf(request, bindings),
    redirect: 'manual',
    ...bodyOf(request, bindings),
  });
  const text = await actual.text();
  const faults = headerDifferences(response.headers, actual.headers, headerNames, bindings);
  if (actual.status !== response.status) {
    faults.push(`status: recorded ${response.status}, received ${actual.status} ${text}`);
  } else if (response.json !== null) {
    faults.push(...differences(response.json, JSON.parse(text), bindings, loose));
  } else if ((response.text === '') !== (text === '')) {
    faults.push(`text: recorded ${response.text}, received ${text}`);
  }
  return faults;
}

/** `BASIC id:secret` represents the header with id and secret in Base64. */
function headersOf(request: Exchange['request'], bindings: Bindings): Headers {
  const headers = new Headers();
  if (request.body !== null) headers.set('Content-Type', 'application/json');
  for (const [name, recorded] of Object.entries(request.headers)) {
    const value = substitute(recorded, bindings);
    const basic = value.startsWith('BASIC ') ? Buffer.from(value.slice(6)).toString('base64') : '';
    headers.set(name, basic === '' ? value : `Basic ${basic}`);
  }
  return headers;
}

/** Bytes, because fetch would add a type to a text. */
function bodyOf({ raw, body }: Exchange['request'], bindings: Bindings) {
  if (raw !== undefined) return { body: new TextEncoder().encode(substitute(raw, bindings)) };
  if (body === null) return {};
  const text = substitute(JSON.stringify(body), bindings);
  return { body: new TextEncoder().encode(text) };
}
