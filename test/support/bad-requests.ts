import zlib from 'node:zlib';
import type { Random } from './random.ts';

/** A request as bytes, and what a reader of its answer has to know. */
export type BadRequest = {
  readonly bytes: Buffer;
  readonly toHead: boolean;
};

/**
 * A request that is HTTP, in whatever way it is wrong otherwise: its length is right, and the
 * connection can be used again after it.
 */
export function framedRequest(random: Random): BadRequest {
  const method = random.chance(0.7) ? 'POST' : random.pick(methods);
  const path = random.chance(0.7) ? random.pick(rawRoutes) : oddPath(random);
  const { body, encoding } = oddBody(random);
  const headers = ['host: test', ...oddHeaders(random)];
  if (encoding !== undefined) headers.push(`content-encoding: ${encoding}`);
  const isChunked = random.chance(0.1);
  headers.push(isChunked ? 'transfer-encoding: chunked' : `content-length: ${body.length}`);
  const head = `${method} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`;
  const bytes = [Buffer.from(head, 'latin1'), isChunked ? inChunks(body, random) : body];
  return { bytes: Buffer.concat(bytes), toHead: method === 'HEAD' };
}

/**
 * Bytes that are hardly HTTP any more, after which the connection is of no use. None of them brings
 * a good heartbeat, so that none can be stored without an answer that says so.
 */
export function brokenRequest(random: Random): Buffer {
  const body = '{"name":"orion","version":"1.0","instance":""}';
  const path = random.chance(0.8) ? random.pick(rawRoutes) : oddPath(random);
  const head = `POST ${path} HTTP/1.1\r\nhost: test\r\n`;
  const whole = Buffer.from(`${head}content-length: ${body.length}\r\n\r\n${body}`);
  switch (random.below(9)) {
    case 0:
      return flipped(whole, random, 1 + random.below(20));
    case 1:
      return whole.subarray(0, random.below(whole.length));
    case 2:
      return random.bytes(1 + random.below(300));
    case 3:
      return Buffer.from(`${random.pick(brokenStarts)}\r\nhost: test\r\n\r\n`, 'latin1');
    case 4:
      return Buffer.from(`${head}${random.pick(brokenHeaders)}\r\n\r\n${body}`, 'latin1');
    case 5:
      return Buffer.concat([
        Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`),
        flipped(inChunks(Buffer.from(body), random), random, 1 + random.below(5)),
      ]);
    case 6:
      return Buffer.from(
        `GET /${'a'.repeat(random.below(100_000))} HTTP/1.1\r\nhost: test\r\n\r\n`,
      );
    case 7:
      return Buffer.from(
        `${head}x: ${'y'.repeat(random.below(40_000))}\r\ncontent-length: 9\r\n\r\n`,
      );
    default: {
      const cut = random.below(whole.length);
      return Buffer.concat([whole.subarray(0, cut), random.bytes(10), whole.subarray(cut)]);
    }
  }
}

const rawRoutes = ['/api/v1/heartbeats', '/api/v1/heartbeats', '/beat'];
const methods = [
  ...['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH'],
  ...['PURGE', 'M-SEARCH', 'QUERY', 'LOCK', 'MKCOL', 'SUBSCRIBE', 'REPORT'],
];
const paths = [
  ...[
    '/api/v1/dead-letters?destination=constructor',
    '/api/v1/dead-letters?limit=1&limit=2&after=-1',
  ],
  ...['/', '//', '/..', '/../..', '/.', '/%00', '/%', '/%zz', '/%ff', '/%c0%af', '/%u0041', '/\\'],
  ...['*', '/*', '/health', '/health/', '/health/live', '/health/ready', '/HEALTH', '//health'],
  ...[
    '/status',
    '/status?',
    '/beat/',
    '/BEAT',
    '/beat;a',
    '/beat#a',
    '/api/v1/heartbeats/',
    '/api',
  ],
  ...[
    'http://test/beat',
    'http://[/beat',
    'http://',
    'ftp://a/b',
    'https://test',
    'a://b',
    'http://@:/',
  ],
  ...['/?', '/??', '/?a=%', '/__proto__', '/constructor', '/.git/config', '/:id', '/(.*)', '/[a]'],
];

function oddPath(random: Random): string {
  switch (random.below(4)) {
    case 0:
      return `/${random.pick(['a', '%2e', '%00', '/', '..;', '%'])}`.repeat(1 + random.below(300));
    case 1:
      return `${random.pick(rawRoutes)}?${'a=b&'.repeat(random.below(500))}`;
    case 2:
      return `/${printable(random, random.below(60)).replaceAll(' ', '')}`;
    default:
      return random.pick(paths);
  }
}

const headerNames = [
  'x-a',
  'content-type',
  'accept',
  'accept-encoding',
  'cookie',
  'origin',
  'range',
];
const headerValues = [
  '',
  '*/*',
  'application/json',
  '\xff\xfe',
  'a'.repeat(4_000),
  '"',
  ',,,',
  'gzip',
];
const otherHeaders = [
  ...['x-forwarded-for: ::1', 'authorization: Basic !!', 'x-http-method-override: DELETE', 'te: x'],
  ...['__proto__: 1', 'constructor: 1', 'if-match: *', 'max-forwards: -1', 'upgrade: websocket'],
  ...['expect: 100-continue', 'content-type: application/x-ndjson; charset=utf-16', 'trailer: x'],
];

const oddHeaders = (random: Random) =>
  Array.from({ length: random.below(4) }, () =>
    random.chance(0.5)
      ? `${random.pick(headerNames)}: ${random.pick(headerValues)}`
      : random.pick(otherHeaders),
  );

const all = {
  ...{ name: 'orion', version: '1.0', instance: 'c1', timestamp: 1_700_000_000_123 },
  ...{ interval: 30, status: 'ok', meta: { host: 'a', zone: 'ü' } },
};
const bodies = [
  '{"name":"orion","version":"1.0","instance":"c1"}',
  JSON.stringify(all),
  JSON.stringify([all, { ...all, timestamp: '2026-01-31T12:00:00.5+01:00' }]),
  `${JSON.stringify(all)}\r\n${JSON.stringify({ ...all, status: 'stopping' })}\n`,
  '{"name":"a","version":"1","instance":"c","timestamp":1700000000123456789}',
  '{"ID":"c1","Enabler_ID":"Orion","Enabler_Version":"1.0","Timestamp":"1700000000123"}',
];
const values = [
  ...['null', 'true', '-0', '1e999', '-1e999', '1e-999', '99999999999999999999', '9'.repeat(400)],
  ...[
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"\\n"',
    `"${'x'.repeat(300)}"`,
    '"__proto__"',
    '"2026-02-30T00:00:00Z"',
  ],
  ...[
    '[]',
    '{}',
    '[[[[]]]]',
    '{"__proto__":"a"}',
    '{"a":{}}',
    'NaN',
    'undefined',
    "'a'",
    '"',
    '\\',
  ],
  ...[`${'['.repeat(5_000)}${']'.repeat(5_000)}`, '{"a":'.repeat(3_000), '0x10', '01', '.5', '+1'],
];

/** A good body, spoilt in one or several ways; now and then it stays good. */
function oddBody(random: Random): { body: Buffer; encoding?: string } {
  let body = Buffer.from(random.pick(bodies));
  for (let times = random.below(3); times >= 0; times--) body = Buffer.from(spoilt(body, random));
  if (random.chance(0.8)) return { body };
  const pack = random.pick([zlib.gzipSync, zlib.deflateSync, zlib.deflateRawSync]);
  let packed = pack(body);
  if (random.chance(0.5)) packed = Buffer.from(flipped(packed, random, 1 + random.below(3)));
  if (random.chance(0.2)) packed = packed.subarray(0, random.below(packed.length));
  const encoding = random.pick(['gzip', 'deflate', 'x-gzip', 'GZIP', 'br', 'identity', '', 'zstd']);
  return { body: packed, encoding };
}

function spoilt(body: Buffer, random: Random): Buffer {
  const from = random.below(body.length + 1);
  const to = Math.min(body.length, from + random.below(20));
  const [before, middle, after] = [
    body.subarray(0, from),
    body.subarray(from, to),
    body.subarray(to),
  ];
  switch (random.below(10)) {
    case 0:
      return flipped(body, random, 1 + random.below(4));
    case 1:
      return before;
    case 2:
      return Buffer.concat([before, after]);
    case 3:
      return Buffer.concat([before, middle, middle, after]);
    case 4:
      return Buffer.concat([before, random.bytes(random.below(12)), after]);
    case 5:
      return Buffer.from(body.toString(), random.pick(['utf16le', 'latin1'] as const));
    case 6:
      return Buffer.concat([Buffer.from('\ufeff'), body]);
    case 7:
      return Buffer.from(body.toString().replace(/"(\w+)":/, '"$1":1,"$1":'));
    case 8:
      return random.bytes(random.below(200));
    default:
      return withOtherValue(body.toString(), random);
  }
}

/** Puts another value in the place of one that stands behind a colon. */
function withOtherValue(text: string, random: Random): Buffer {
  const places = [...text.matchAll(/:("[^"]*"|[\d.]+)/g)];
  if (places.length === 0) return Buffer.from(random.pick(values));
  const { index, 0: old } = random.pick(places);
  const value = random.pick(values);
  return Buffer.from(`${text.slice(0, index)}:${value}${text.slice(index + old.length)}`);
}

function flipped(bytes: Buffer, random: Random, times: number): Buffer {
  const copy = Buffer.from(bytes);
  for (let done = 0; done < times && copy.length > 0; done++) {
    const at = random.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  }
  return copy;
}

function inChunks(body: Buffer, random: Random): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const part = body.subarray(at, at + 1 + random.below(200));
    parts.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
    at += part.length;
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')]);
}

const printable = (random: Random, length: number) =>
  String.fromCharCode(...Array.from({ length }, () => 0x21 + random.below(0x5e)));

const brokenStarts = [
  ...['GET', 'GET /', 'GET / HTTP/9.9', 'GET  / HTTP/1.1', 'get / HTTP/1.1', 'POST /beat http/1.1'],
  ...['CONNECT a:1 HTTP/1.1', 'CONNECT / HTTP/1.1', 'GET beat HTTP/1.1', 'GET ?a HTTP/1.1'],
  ...[
    'PRI * HTTP/2.0',
    'GET /\xff HTTP/1.1',
    'GET /\u0000 HTTP/1.1',
    ' GET / HTTP/1.1',
    '\u0016\u0003\u0001',
  ],
  ...['GET /health HTTP/1.0', 'POST /beat HTTP/1.0', 'HEAD /metrics HTTP/1.0', 'GET / HTTP/1.1 x'],
];
const brokenHeaders = [
  ...['content-length: 5\r\ncontent-length: 6', 'content-length: 5\r\ntransfer-encoding: chunked'],
  ...[
    'content-length: -1',
    'content-length: 99999999999999999999',
    'content-length: 1e3',
    'content-length:',
  ],
  ...[
    'content-length: 100000000',
    'transfer-encoding: gzip',
    'transfer-encoding: chunked, identity',
  ],
  ...[
    'transfer-encoding: chunked',
    'transfer-encoding : chunked',
    ' folded',
    'no colon',
    ': no name',
  ],
  ...[
    'x\u0000: y',
    'x: y\u0000',
    'x: y\rz: a',
    'expect: a miracle',
    'connection: close',
    'host: second',
  ],
  ...['connection: upgrade\r\nupgrade: h2c', `${'x: y\r\n'.repeat(3_000)}z: a`],
];
