import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { healthSchema } from '../../contract/api/health.ts';
import { connectTo } from './connection.ts';
import { statusFailure, tryParseJson, versionFailure } from './failures.ts';
import type { ConnectionOptions, ServiceRequest, ServiceResponse } from './request.ts';

/** Client of the service. Everything that goes wrong is thrown as a `CliFailure`. */
export type Remote = {
  /** Returns the JSON body of the response, in the shape of the schema. */
  request<T>(request: ServiceRequest, schema: z.ZodType<T>): Promise<T>;
  /** For a response without a body. */
  command(request: ServiceRequest): Promise<void>;
  /** Returns a response of status 2xx and of this media type, whose body is not read yet. */
  open(request: ServiceRequest, type: string): Promise<ServiceResponse>;
  /** Parses JSON that is part of a response. */
  parse<T>(json: string, schema: z.ZodType<T>): Promise<T>;
  /** Returns rows as they arrive: all of them in one response, or the first `limit` in pages. */
  list<T>(list: RemoteList<T>): AsyncGenerator<T>;
};

export type RemoteList<T> = Pick<ServiceRequest, 'path' | 'query'> & {
  readonly schema: z.ZodType<T>;
  /** Member of a page that holds the rows. */
  readonly member: string;
  readonly limit?: number | undefined;
  /** Parameter that takes the `next` of the previous page; `cursor` if absent. */
  readonly cursor?: string;
};

export function createRemote(options: ConnectionOptions): Remote {
  const { url } = options;
  const send = connectTo(options);

  async function otherVersion(finding: string) {
    const health = await send({ path: '/health' });
    const { data } = healthSchema
      .pick({ version: true })
      .safeParse(tryParseJson(await text(health.body)));
    return versionFailure(url, finding, data?.version);
  }

  /** A proxy may respond with 200 to everything: an empty page is not an empty list. */
  async function open(request: ServiceRequest, type: string): Promise<ServiceResponse> {
    const response = await send({ ...request, headers: { ...request.headers, accept: type } });
    const { status } = response;
    if (status === 204 || (status >= 200 && status < 300 && response.type === type)) {
      return response;
    }
    const body = await text(response.body);
    if (status >= 200 && status < 300) throw await otherVersion('has an unknown response');
    if (isUnknownRoute(status, body)) throw await otherVersion('does not know this command');
    throw statusFailure(status, body, options);
  }

  async function check<T>(value: unknown, schema: z.ZodType<T>): Promise<T> {
    const { data } = schema.safeParse(value);
    if (data !== undefined) return data;
    throw await otherVersion('has an unknown response');
  }

  const request: Remote['request'] = async (wanted, schema) =>
    check(tryParseJson(await text((await open(wanted, json)).body)), schema);

  async function* pages<T>({ member, cursor = 'cursor', schema, ...list }: PagedList<T>) {
    let left = list.limit;
    for (let next: Page['next']; left > 0; ) {
      const query = { ...list.query, limit: Math.min(left, maxPageRows), [cursor]: next };
      const page: Page = await request({ path: list.path, query }, pageSchema);
      const rows = await check(page[member], z.array(schema));
      yield* rows.slice(0, left);
      left -= rows.length;
      next = page.next;
      if (next === undefined) return;
    }
  }

  return {
    request,
    open,
    parse: (content, schema) => check(tryParseJson(content), schema),
    async command(wanted) {
      await text((await open(wanted, json)).body);
    },
    async *list({ limit, ...list }) {
      if (limit !== undefined) {
        yield* pages({ ...list, limit });
        return;
      }
      const { body } = await open(list, 'application/x-ndjson');
      for await (const line of linesOf(body)) yield check(tryParseJson(line), list.schema);
    },
  };
}

const json = 'application/json';

/** The code of an unknown instance is the same, its text is not. */
const isUnknownRoute = (status: number, body: string): boolean =>
  (status === 404 || status === 405) && /No route has the path|is not allowed here/.test(body);

const maxPageRows = 1_000;

type PagedList<T> = RemoteList<T> & { readonly limit: number };

const pageSchema = z.looseObject({ next: z.union([z.string(), z.number()]).optional() });
type Page = z.infer<typeof pageSchema>;

/** Lines that are not empty, without their ends. */
async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line !== '');
  }
  if (rest !== '') yield rest;
}
