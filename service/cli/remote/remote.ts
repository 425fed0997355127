import { z } from 'zod';
import {
  type Answer,
  type Connection,
  connectTo,
  type Request,
  type Target,
} from './connection.ts';
import { otherVersion, parsed, refusal } from './words.ts';

/** The service, as commands ask it. Everything that goes wrong is thrown as a `CliFailure`. */
export type Remote = {
  /** What is answered, in the shape of the schema. */
  ask<T>(request: Request, schema: z.ZodType<T>): Promise<T>;
  /** For what is answered without a body. */
  tell(request: Request): Promise<void>;
  /** An answer of 2xx and of this media type, whose body is still on its way. */
  open(request: Request, type: string): Promise<Answer>;
  /** A part of an answer that came as text, in the shape of the schema. */
  read<T>(text: string, schema: z.ZodType<T>): Promise<T>;
  /** Rows as they come, a line of NDJSON each. */
  rows<T>(request: Request, schema: z.ZodType<T>): AsyncGenerator<T>;
};

export function createRemote(target: Target): Remote {
  const connection = connectTo(target);

  async function unknownAnswer() {
    return otherVersion(target, 'answers in a way that is not known', await versionOf(connection));
  }

  /** Whatever else answers there may answer 200 to everything: an empty page is no empty list. */
  async function open(request: Request, type: string): Promise<Answer> {
    const headers = { ...request.headers, accept: type };
    const answer = await connection.send({ ...request, headers });
    if (answer.status >= 200 && answer.status < 300) {
      if (answer.status === 204 || answer.type === type) return answer;
      await textOf(answer.body);
      throw await unknownAnswer();
    }
    const body = await textOf(answer.body);
    if (isUnknownRoute(answer.status, body)) {
      throw otherVersion(target, 'does not know this command', await versionOf(connection));
    }
    throw refusal(answer.status, body, target);
  }

  async function read<T>(text: string, schema: z.ZodType<T>): Promise<T> {
    const { data } = schema.safeParse(parsed(text));
    if (data !== undefined) return data;
    throw await unknownAnswer();
  }

  return {
    open,
    read,
    async ask(request, schema) {
      return read(await textOf((await open(request, json)).body), schema);
    },
    async tell(request) {
      await textOf((await open(request, json)).body);
    },
    async *rows(request, schema) {
      const { body } = await open(request, 'application/x-ndjson');
      for await (const line of linesOf(body)) yield read(line, schema);
    },
  };
}

const json = 'application/json';

/** That there is no such instance has the same code, but speaks of an instance. */
const isUnknownRoute = (status: number, body: string): boolean =>
  (status === 404 || status === 405) && /No route has the path|is not allowed here/.test(body);

const healthSchema = z.object({ version: z.string() });

/** Undefined where nobody says. */
async function versionOf({ send }: Connection): Promise<string | undefined> {
  const answer = await send({ path: '/health' });
  const { data } = healthSchema.safeParse(parsed(await textOf(answer.body)));
  return data?.version;
}

export async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Lines that are not empty, without their ends. */
async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
  if (rest !== '') yield rest;
}
