import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { Route } from '../../../service/http/route.ts';
import {
  formatParameters,
  readRowsQuery,
  rowsContent,
  sendRows,
  whileConnected,
} from '../../../service/http/rows/response.ts';
import { StoreUnavailable } from '../../../service/store/failure.ts';
import { requestText } from '../../support/raw-http.ts';
import { startRoutes } from '../../support/route-server.ts';
import { until } from '../../support/until.ts';

type Row = { readonly n: number; readonly text: string };

const documented = {
  scope: 'read',
  tag: 'periods',
  summary: 'Rows',
  query: [...formatParameters],
  responses: { 200: rowsContent('Rows.', z.array(z.unknown())) },
  problems: [],
} as const;

/** One route sends the given pieces, the other one waits until the client leaves. */
async function serving(makePieces: () => AsyncGenerator<Row[]>) {
  const waited: string[] = [];
  const rows: Route = {
    ...documented,
    method: 'get',
    path: '/rows',
    async handle(context) {
      const { format } = readRowsQuery(context, () => undefined);
      await sendRows(context, format, {
        member: 'rows',
        rest: () => ({ next: 'n' }),
        columns: ['n', 'text'],
        pieces: makePieces(),
      });
    },
  };
  const waiting: Route = {
    ...documented,
    method: 'get',
    path: '/waiting',
    async handle(context) {
      await whileConnected(context, async (signal) => {
        waited.push('begun');
        while (!signal.aborted) await delay(5);
        waited.push('left');
        signal.throwIfAborted();
      });
    },
  };
  return { ...(await startRoutes([rows, waiting])), waited };
}

async function* pieces(...all: Row[][]): AsyncGenerator<Row[]> {
  yield* all;
}

const a = { n: 1, text: 'a' };
const b = { n: 2, text: '=b' };
const c = { n: -3, text: 'c,"\n' };

describe('sendRows', () => {
  it.each([
    ['json', '{"rows":[],"next":"n"}', []],
    ['json', '{"rows":[{"n":1,"text":"a"}],"next":"n"}', [[a]]],
    ['json', '{"rows":[{"n":1,"text":"a"},{"n":2,"text":"=b"}],"next":"n"}', [[], [a], [], [b]]],
    ['ndjson', '', []],
    ['ndjson', '{"n":1,"text":"a"}\n{"n":2,"text":"=b"}\n', [[a], [b]]],
    ['csv', 'n,text\n', []],
    ['csv', 'n,text\n1,a\n2,\'=b\n-3,"c,""\n"\n', [[a, b], [c]]],
  ])('writes %s as %j', async (format, text, all) => {
    const { port } = await serving(() => pieces(...all));
    const answer = await fetch(`http://127.0.0.1:${port}/rows?format=${format}`);
    expect({ status: answer.status, text: await answer.text() }).toEqual({ status: 200, text });
    const head = await fetch(`http://127.0.0.1:${port}/rows?format=${format}`, { method: 'HEAD' });
    expect({ status: head.status, text: await head.text() }).toEqual({ status: 200, text: '' });
  });

  it('begins CSV with a byte order mark on request, and nothing else', async () => {
    const { port } = await serving(() => pieces([a]));
    const get = async (query: string) =>
      Buffer.from(await (await fetch(`http://127.0.0.1:${port}/rows?${query}`)).arrayBuffer());
    expect((await get('format=csv&bom=true')).toString('latin1')).toBe('ï»¿n,text\n1,a\n');
    expect((await get('format=csv&bom=false')).toString()).toBe('n,text\n1,a\n');
    expect((await get('format=ndjson&bom=true')).toString()).toBe('{"n":1,"text":"a"}\n');
  });

  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['text/html', 'application/json'],
    ['text/csv', 'text/csv'],
    ['application/x-ndjson', 'application/x-ndjson'],
    ['application/json;q=0.5, text/csv', 'text/csv'],
  ])('takes %j for %s', async (accept, type) => {
    const { port } = await serving(() => pieces([a]));
    const headers = accept === undefined ? undefined : { accept };
    const answer = await fetch(`http://127.0.0.1:${port}/rows`, headers ? { headers } : {});
    expect(answer.headers.get('content-type')?.split(';')[0]).toBe(type);
    expect(answer.headers.get('vary')).toMatch(/accept/i);
  });

  it('makes no more than a slow reader takes, and ends when it goes away', async () => {
    let made = 0;
    let isEnded = false;
    async function* endless() {
      try {
        for (;;) {
          made += 1;
          yield Array.from({ length: 100 }, (_, n) => ({ n, text: 'x'.repeat(100) }));
        }
      } finally {
        isEnded = true;
      }
    }
    const { port } = await serving(endless);
    const answer = await fetch(`http://127.0.0.1:${port}/rows?format=ndjson`);
    const reader = answer.body?.getReader();
    await reader?.read();
    // What the sockets between take is some megabytes; then nothing more is made.
    for (let before = -1; before !== made; ) {
      before = made;
      await delay(200);
    }
    expect(made).toBeLessThan(3_000);
    await reader?.cancel();
    await until(() => isEnded);
  });

  it('responds with a problem to a failure before the first rows, and breaks off at a later one', async () => {
    const failing = async function* (after: number) {
      for (let n = 0; n < after; n++) yield [{ n, text: 'x'.repeat(1_000) }];
      throw new StoreUnavailable({ reason: 'io', detail: 'the disk is gone' });
    };
    const early = await serving(() => failing(1));
    expect(await early.get('/rows')).toMatchObject({
      status: 503,
      json: { code: 'store-unavailable' },
    });
    const late = await serving(() => failing(100));
    const answer = await fetch(`http://127.0.0.1:${late.port}/rows`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    await until(() => late.lines.length > 0);
    expect(late.lines).toMatchObject([{ level: 'error', msg: 'a response ended early' }]);
  });
});

describe('whileConnected', () => {
  it('aborts the work when the client leaves, without an error', async () => {
    const { port, waited, lines } = await serving(() => pieces());
    const socket = net.connect(port, '127.0.0.1');
    socket.write(requestText('GET', '/waiting'));
    await until(() => waited.length === 1);
    // A client that only ends its own side may still read the response.
    socket.resetAndDestroy();
    await until(() => waited.length === 2);
    await delay(20);
    expect(waited).toEqual(['begun', 'left']);
    expect(lines).toEqual([]);
  });
});
