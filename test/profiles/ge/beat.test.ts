import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openTestStore } from '../../support/open-store.ts';
import { openStackSettings } from '../../support/openstack-settings.ts';
import {
  originalBeat,
  originalScriptPrograms,
  runOriginalScript,
} from '../../support/original-script.ts';
import { describeWith } from '../../support/programs.ts';
import { exchange, requestText } from '../../support/raw-http.ts';
import { type LocalService, startService } from '../../support/service.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { freePort } from '../../support/test-server.ts';

const beat = { ID: 'c1', Enabler_ID: 'Orion', Enabler_Version: '1.0', Timestamp: '1695150800123' };
const asJson = JSON.stringify(beat);
const accepted = { status: 200, body: '' };
const refused = {
  status: 400,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  // One line, as of the original.
  body: expect.stringMatching(/^[^\n]+\n$/),
};

let service: LocalService;
const send = (body: string | undefined, method = 'POST', headers: Record<string, string> = {}) =>
  exchange(service.port, requestText(method, '/beat', { headers, body }));

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  expect(service.lines.filter(({ level }) => level === 'error')).toEqual([]);
  await service.stop();
});

describe('/beat', () => {
  it('answers 200 without a body', async () => {
    const answer = await send(asJson);
    expect(answer).toMatchObject({ ...accepted, headers: { 'content-length': '0' } });
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])(
    'takes the method %s',
    async (method) => {
      expect(await send(asJson, method)).toMatchObject(accepted);
    },
  );

  it.each([
    'application/x-www-form-urlencoded',
    'application/json',
    'application/json; charset=latin1',
    'text/plain',
    'text/xml',
    'multipart/form-data',
    'nonsense',
    '',
  ])('takes JSON that calls itself "%s"', async (type) => {
    expect(await send(asJson, 'POST', { 'content-type': type })).toMatchObject(accepted);
  });

  it('takes JSON that does not call itself anything, and a query', async () => {
    const text = requestText('POST', '/beat?from=cron', { body: asJson });
    expect(await exchange(service.port, text)).toMatchObject(accepted);
  });

  it.each([
    ['names in lower case', '{"id":"c","enabler_id":"o","enabler_version":"1","timestamp":"1"}'],
    ['names in upper case', '{"ID":"c","ENABLER_ID":"o","ENABLER_VERSION":"1","TIMESTAMP":"1"}'],
    ['names in any case', '{"iD":"c","eNabLer_Id":"o","enabler_VERSION":"1","tImEsTaMp":"1"}'],
    ['escapes in a name', '{"\\u0049D":"c","Enabler_ID":"o","Enabler_Version":"1"}'],
    ['unknown fields of any type', `{"x":1,"y":[{}],"z":null,"":"",${asJson.slice(1)}`],
    ['white space around it', ` \r\n\t${asJson}\n\n`],
    ['a BOM before it', `\ufeff${asJson}`],
    ['text after it', `${asJson} and more`],
    ['a brace after it', `${asJson}}`],
    ['another object after it', `${asJson}{"ID":1}`],
    ['braces and quotes in its strings', `{"x":"}{\\"}\\\\",${asJson.slice(1)}trailing`],
    ['characters beyond ASCII', '{"ID":"ü日本👩‍🚀","Enabler_ID":"o","Enabler_Version":"1"} ü'],
    ['an Interval', asJson.replace('}', ',"Interval":"60"}')],
    ['an empty Interval', asJson.replace('}', ',"interval":""}')],
    ['Interval null', asJson.replace('}', ',"Interval":null}')],
    ['no Timestamp', '{"ID":"c","Enabler_ID":"o","Enabler_Version":"1"}'],
    ['an empty Timestamp', '{"ID":"c","Enabler_ID":"o","Enabler_Version":"1","Timestamp":""}'],
    ['Timestamp null', '{"ID":"c","Enabler_ID":"o","Enabler_Version":"1","Timestamp":null}'],
    ['Timestamp in ns', asJson.replace('1695150800123', '1695150800123456789')],
    ['Timestamp in s', asJson.replace('1695150800123', '1695150800')],
    ['a field twice, of which the last counts', '{"ID":"",'.concat(asJson.slice(1))],
    ['characters that Monasca forbids', asJson.replace('Orion', `<a>={b},'&;\\\\`)],
  ])('takes an object with %s', async (_, body) => {
    expect(await send(body)).toMatchObject(accepted);
  });

  it('takes an object with bytes after it that are no text', async () => {
    const body = Buffer.concat([Buffer.from(asJson), Buffer.from([0xff, 0x00, 0xfe, 0x80])]);
    const headers = { 'content-length': String(body.length) };
    const head = Buffer.from(requestText('POST', '/beat', { headers }));
    expect(await exchange(service.port, Buffer.concat([head, body]))).toMatchObject(accepted);
  });

  it.each([
    ['no body', undefined, 'not JSON'],
    ['an empty body', '', 'not JSON'],
    ['white space', '  \n', 'not JSON'],
    ['a form', 'ID=c1&Enabler_ID=Orion&Enabler_Version=1.0', 'not JSON'],
    ['an object cut short', asJson.slice(0, -1), 'not JSON'],
    ['text before the object', `beat ${asJson}`, 'not JSON'],
    ['an array', `[${asJson}]`, 'not an object'],
    ['a string', '"beat"', 'not an object'],
    ['a number', '7', 'not an object'],
    ['null', 'null', 'not an object'],
    [
      'a Timestamp that is a number',
      asJson.replace('"1695150800123"', '1695150800123'),
      'Timestamp',
    ],
    ['an ID that is a number', asJson.replace('"c1"', '1'), 'ID: expected a string'],
    ['an ID that is an object', asJson.replace('"c1"', '{"ID":"c1"}'), 'ID: expected a string'],
    ['several that are no strings', '{"id":1,"Enabler_ID":true}', 'ID, Enabler_ID'],
    ['no ID', asJson.replace('"ID"', '"Id_"'), 'ID: expected'],
    ['no Enabler_ID', asJson.replace('"Enabler_ID"', '"Enabler"'), 'Enabler_ID: expected'],
    ['no Enabler_Version', asJson.replace('_Version', ''), 'Enabler_Version: expected'],
    ['nothing at all', '{}', 'ID: expected'],
    ['an ID that is null', asJson.replace('"c1"', 'null'), 'ID: expected'],
    ['an ID that is empty', asJson.replace('"c1"', '""'), 'ID: expected'],
    ['an ID of 256 characters', asJson.replace('c1', 'c'.repeat(256)), 'ID: expected'],
    ['an ID with a line break', asJson.replace('c1', 'c\\n1'), 'ID: expected'],
    ['a Timestamp that is no time', asJson.replace('1695150800123', 'now'), 'Timestamp: expected'],
    ['an Interval of nothing', asJson.replace('}', ',"Interval":"0"}'), 'Interval: expected'],
    ['an Interval of a year', asJson.replace('}', ',"Interval":"31536000"}'), 'Interval: exp'],
    ['an Interval in words', asJson.replace('}', ',"Interval":"60s"}'), 'Interval: expected'],
    ['an Interval that is a number', asJson.replace('}', ',"Interval":60}'), 'Interval: expected'],
    ['a Timestamp below zero', asJson.replace('1695150800123', '-1'), 'Timestamp: expected'],
    ['a hundred thousand levels', '{"a":'.repeat(100_000), 'not JSON'],
  ])('refuses %s with a line of text', async (_, body, words) => {
    const answer = await send(body);
    expect(answer).toMatchObject(refused);
    expect(answer.body).toContain(words);
  });

  it('refuses an object that is not valid UTF-8', async () => {
    const body = Buffer.from(asJson.replace('c1', 'ü'), 'latin1');
    const headers = { 'content-length': String(body.length) };
    const head = Buffer.from(requestText('POST', '/beat', { headers }));
    expect(await exchange(service.port, Buffer.concat([head, body]))).toMatchObject(refused);
  });

  it('words the problems of HTTP as text too', async () => {
    const encoded = await send(asJson, 'POST', { 'content-encoding': 'br' });
    expect(encoded).toMatchObject({ ...refused, status: 415 });
    const large = await send(asJson, 'POST', { 'content-length': '99999999' });
    expect(large).toMatchObject({ ...refused, status: 413 });
  });
});

describe('/status', () => {
  it.each(['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'])('says hello to %s', async (method) => {
    expect(await exchange(service.port, requestText(method, '/status'))).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: "Hello, I'm here",
    });
  });

  it('says it to HEAD without words', async () => {
    const answer = await exchange(service.port, requestText('HEAD', '/status'));
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': '15' } });
  });
});

describe('the profile', () => {
  it('keeps a beat as the heartbeat of an instance of a component', async () => {
    const dataDir = temporaryFolder();
    // With a Keystone that is away everything that was accepted is still there afterwards.
    const away = openStackSettings(`http://127.0.0.1:${await freePort()}`);
    const keeping = await startService({
      ...away,
      HEARTBEAT_DATA_DIR: dataDir,
      HEARTBEAT_STOP_DRAIN_SECONDS: '0',
    });
    const beats = [
      beat,
      { ...beat, Timestamp: '1595150800' },
      { ...beat, ID: '<ü>', INTERVAL: '60' },
    ];
    for (const body of beats) {
      const text = requestText('POST', '/beat', { body: JSON.stringify(body) });
      expect(await exchange(keeping.port, text)).toMatchObject(accepted);
    }
    await keeping.stop();

    const store = await openTestStore(dataDir);
    const { records } = store.heartbeats.reader('monasca').read(0, 10);
    const common = { name: 'Orion', version: '1.0', receivedAtMs: expect.any(Number) };
    expect(records).toEqual([
      { ...common, instance: 'c1', timestampMs: 1_695_150_800_123 },
      { ...common, instance: 'c1', timestampMs: 1_595_150_800_000 },
      { ...common, instance: '<ü>', timestampMs: 1_695_150_800_123, intervalSeconds: 60 },
    ]);
  });

  it('retires an instance that says that it is stopping, and knows a slow clock at once', async () => {
    const own = await startService();
    const post = async (more: object) => {
      const body = JSON.stringify({ ...beat, ID: 'slow', Interval: '10', ...more });
      return exchange(own.port, requestText('POST', '/beat', { body }));
    };
    const stateOf = async () => {
      const path = '/api/v1/instances/Orion/1.0/slow';
      return JSON.parse((await exchange(own.port, requestText('GET', path))).body);
    };
    const behind = () => String(Date.now() - 1_200_000);
    const [Timestamp, SentAt] = [behind(), behind()];
    expect(await post({ Timestamp, SentAt })).toMatchObject(accepted);
    const { state, skewSeconds } = await stateOf();
    expect(state).toBe('up');
    expect(Math.abs(skewSeconds + 1_200)).toBeLessThan(30);
    expect(await post({ Timestamp: behind(), SentAt: behind(), Status: 'stopping' })).toMatchObject(
      accepted,
    );
    expect(await stateOf()).toMatchObject({ state: 'retired' });
    expect(await post({ Status: 'tired', SentAt: 'now' })).toMatchObject({
      status: 400,
      body: expect.stringMatching(
        /^Status: expected "ok", "not_ok" or "stopping".*SentAt: expected/,
      ),
    });
    await own.stop();
  });

  it('can be switched off', async () => {
    const without = await startService({ HEARTBEAT_PROFILES_GE_ENABLED: 'false' });
    for (const path of ['/beat', '/status']) {
      const answer = await exchange(without.port, requestText('POST', path, { body: asJson }));
      expect(answer.status).toBe(404);
    }
    await without.stop();
  });
});

describeWith(originalScriptPrograms, 'the profile, to its first client', () => {
  it('is what that client was written for', async () => {
    const dataDir = temporaryFolder();
    const away = openStackSettings(`http://127.0.0.1:${await freePort()}`);
    const keeping = await startService({
      ...away,
      HEARTBEAT_DATA_DIR: dataDir,
      HEARTBEAT_STOP_DRAIN_SECONDS: '0',
    });
    const { exitCode } = await runOriginalScript(`${keeping.url}/beat`);
    await keeping.stop();
    expect(exitCode).toBe(0);
    const store = await openTestStore(dataDir);
    expect(store.heartbeats.reader('monasca').read(0, 10).records).toMatchObject([
      { name: 'Orange', version: '1.0', instance: originalBeat.ID },
    ]);
  });
});
