import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type CluClient, startCluClient } from '../../support/clu-client.ts';
import { readOracle } from '../../support/oracle.ts';
import { describeWith } from '../../support/programs.ts';
import { type Rabbit, rabbitProgram, startRabbit } from '../../support/rabbitmq.ts';
import { type LocalService, startService } from '../../support/service.ts';
import { until } from '../../support/until.ts';

const cases = readOracle(
  'lvmbeat-actor.jsonl',
  z.object({
    name: z.string(),
    steps: z.array(
      z.object({
        command: z.string().optional(),
        headers: z.record(z.string(), z.unknown()).optional(),
        raw: z
          .object({
            routing_key: z.string(),
            properties: z.record(z.string(), z.unknown()),
            body: z.string(),
          })
          .optional(),
        reply: z
          .object({
            routingKey: z.string(),
            contentType: z.string(),
            priority: z.number(),
            deliveryMode: z.number(),
            properties: z.array(z.string()),
            headers: z.record(z.string(), z.unknown()),
            correlates: z.boolean(),
            body: z.string(),
          })
          .optional(),
        downstream: z.record(z.string(), z.unknown()).optional(),
      }),
    ),
  }),
);

/** Texts that differ from run to run: times, what was sent before, the version. */
const normalised = (text: string): string =>
  text
    .replace(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"|null/g, '<time>')
    .replace(/"current": (true|false)/g, '"current": <boolean>')
    .replace(/"network": \{.*?\}/, '<network>')
    .replace(/\{"version": ".*?"\}/, '<version>');

const names: Readonly<Record<string, string>> = {
  contentType: 'content_type',
  correlationId: 'correlation_id',
  deliveryMode: 'delivery_mode',
  messageId: 'message_id',
};

function comparable({ routingKey, properties, text }: CluClient['replies'][number]) {
  const { headers: given = {}, ...others } = properties;
  const { command_id, ...headers } = given;
  const present = Object.entries(others).filter(([, value]) => value !== undefined);
  return {
    routingKey,
    contentType: properties.contentType,
    priority: properties.priority,
    deliveryMode: properties.deliveryMode,
    properties: present.map(([key]) => names[key] ?? key).sort(),
    headers,
    correlates: (properties.correlationId ?? null) === command_id,
    body: normalised(text),
  };
}

const heartbeats = [
  { name: 'overwatcher' },
  { name: 'agcam', critical: true },
  { name: 'guider', critical: false },
];
const ecp = {
  ...{ name: 'ecp', mode: 'on-arrival', cutoff: 10 },
  sources: heartbeats.map((heartbeat) => ({ ...heartbeat, version: 'lvmbeat', within: 4 })),
  target: { type: 'amqp', actor: 'lvmecp', command: 'heartbeat', timeout: 2 },
};

describeWith([rabbitProgram], 'the actor of lvmbeat on a real RabbitMQ', () => {
  let rabbit: Rabbit;
  let service: LocalService;
  let client: CluClient;
  const start = (settings = {}) =>
    startService({
      HEARTBEAT_PROFILES_LVMBEAT_ENABLED: 'true',
      HEARTBEAT_PROFILES_LVMBEAT_PORT: '0',
      HEARTBEAT_PROFILES_LVMBEAT_AMQP_URL: rabbit.url,
      HEARTBEAT_PROFILES_LVMBEAT_HEARTBEATS: JSON.stringify(heartbeats),
      HEARTBEAT_RELAYS: JSON.stringify([ecp]),
      HEARTBEAT_STOP_DRAIN_SECONDS: '1',
      ...settings,
    });
  const dependency = async ({ url }: LocalService, name: string) =>
    JSON.parse(await (await fetch(`${url}/health`)).text()).dependencies[name];

  beforeAll(async () => {
    rabbit = await startRabbit();
    service = await start();
    client = await startCluClient(rabbit.url, 'opsclient');
    await until(async () => (await dependency(service, 'lvmbeat.amqp')).status === 'up');
  }, 150_000);
  afterAll(async () => {
    await client?.close();
    await service?.stop();
    await rabbit?.stop();
  });

  it.each(cases.map((given) => [given.name, given] as const))(
    'replies as recorded: %s',
    async (_, { steps }) => {
      const begun = client.replies.length;
      for (const { command, headers, raw } of steps) {
        if (command !== undefined) await client.command(command, headers);
        if (raw) {
          const { correlation_id, ...others } = raw.properties;
          const before = client.replies.length;
          client.publish(raw.routing_key, raw.body, { ...others, correlationId: correlation_id });
          await until(() => client.replies.length >= before + 2);
        }
      }
      const expected = steps.flatMap(({ reply }) => (reply ? [reply] : []));
      const replies = client.replies
        .slice(begun)
        .filter(({ properties }) => properties.headers?.['sender'] === 'lvmbeat');
      expect(replies.map(comparable)).toEqual(
        expected.map((reply) => ({ ...reply, body: normalised(reply.body) })),
      );
    },
  );

  it('answers `:` to `set` when the heartbeat is on disk, and knows it after a restart', async () => {
    await client.command('set guider');
    const url = `${service.url}/api/v1/instances?name=guider&version=lvmbeat`;
    const { instances } = JSON.parse(await (await fetch(url)).text());
    expect(instances).toMatchObject([{ name: 'guider', instance: 'lvmbeat', state: 'up' }]);
  });

  it('sends `heartbeat` to lvmecp as recorded, on arrival of a critical heartbeat', async () => {
    const received: object[] = [];
    const lvmecp = await startCluClient(
      rabbit.url,
      'lvmecp',
      ({ properties, fields, content }, reply) => {
        const { command_id, ...headers } = properties.headers ?? {};
        received.push({
          routingKey: fields.routingKey,
          contentType: properties.contentType,
          replyTo: properties.replyTo,
          priority: properties.priority,
          deliveryMode: properties.deliveryMode,
          headers,
          body: content.toString(),
        });
        reply('>', {});
        reply(':', {});
      },
    );
    const expected = cases.flatMap(({ steps }) => steps).find(({ downstream }) => downstream);
    // A failed emission before is repeated no sooner than a second later.
    await until(
      async () => {
        await client.command('set overwatcher');
        await client.command('set agcam');
        return received.length > 0;
      },
      { everyMs: 300 },
    );
    expect(received).toEqual([expected?.downstream]);
    await until(async () => {
      const status = await client.command('status');
      return /"last_emitted_ecp": "/.test(status.at(-1)?.text ?? '');
    });
    await lvmecp.close();
  });

  it('publishes the failure of a command that no actor takes, as the framework does', async () => {
    const failure = client.replies.find(({ routingKey }) => routingKey === 'reply.lvmbeat');
    expect(failure?.text).toBe(`{"error": "Failed routing message to consumer 'lvmecp'."}`);
    expect(failure?.properties.headers).toMatchObject({
      ...{ message_code: 'f', sender: 'lvmecp', commander_id: 'lvmbeat.lvmecp', internal: false },
    });
  });

  it('replies to what is not a command, and survives it', async () => {
    client.publish('command.lvmbeat', 'nonsense', {
      headers: { commander_id: 'a.b', command_id: 'x1' },
    });
    client.publish('command.lvmbeat', '[1]', { headers: { commander_id: 7, command_id: null } });
    client.publish('command.lvmbeat', '{"command_string": 5}', {});
    const failures = () => client.replies.filter(({ text }) => text.includes('not JSON'));
    await until(() => failures().length === 3);
    expect(failures()[0]).toMatchObject({ routingKey: 'reply.a.b', code: 'f' });
    expect((await client.command('set "overwatcher')).map(({ code }) => code)).toEqual([
      '>',
      'w',
      'f',
    ]);
    expect((await client.command('ping')).at(-1)?.text).toBe('{"text": "Pong."}');
  });

  it('waits while another actor has its name, and continues when that ends', async () => {
    const second = await start();
    await until(async () => {
      const health = await dependency(second, 'lvmbeat.amqp');
      return health.status === 'down' && JSON.stringify(health).includes('lvmbeat_replies');
    });
    await service.stop();
    service = second;
    await until(async () => (await dependency(second, 'lvmbeat.amqp')).status === 'up');
    expect((await client.command('ping')).at(-1)?.code).toBe(':');
  });

  it('answers again when the broker has returned, and has closed the relay meanwhile', async () => {
    await rabbit.kill();
    await until(async () => (await dependency(service, 'lvmbeat.amqp')).status === 'down');
    const { relays } = JSON.parse(await (await fetch(`${service.url}/api/v1/relays`)).text());
    await rabbit.start();
    client = await startCluClient(rabbit.url, 'opsclient');
    await until(async () => (await dependency(service, 'lvmbeat.amqp')).status === 'up');
    expect((await client.command('ping')).at(-1)?.code).toBe(':');
    await until(async () => {
      const list = JSON.parse(await (await fetch(`${service.url}/api/v1/relays`)).text());
      return list.relays[0].state === 'closed';
    });
    expect(relays[0].name).toBe('ecp');
  }, 60_000);
});
