import { sessionCookieName } from '../../access/identity/session-cookie.ts';
import {
  type Content,
  type DocumentedParameter,
  type Operation,
  operationTags,
  type Scope,
} from '../../contract/api/operation.ts';
import { problemSchema } from '../../contract/api/problem.ts';
import { type ProblemCode, problemKinds } from '../../contract/problem.ts';
import type { RawRoute } from '../../contract/raw-route.ts';
import type { Route } from '../route.ts';
import { createSchemas, type JsonObject, type Schemas } from './schemas.ts';

/** A row of the table of routes, or a raw route in the same form. */
type Row = Operation & Pick<Route, 'method' | 'path' | 'scope'>;

/** The table of routes as an OpenAPI 3.1 document. */
export function openApiDocument(
  routes: readonly Route[],
  rawRoutes: readonly RawRoute[],
  version: string,
): JsonObject {
  const schemas = createSchemas();
  const rows = [...rawRoutes.flatMap(rowsOfRawRoute), ...routes];
  const paths = Map.groupBy(rows, ({ path }) => path.replaceAll(/:(\w+)|\{\*(\w+)\}/g, '{$1$2}'));
  const used = new Set(rows.map(({ tag }) => tag));
  return {
    openapi: '3.1.1',
    info: {
      title: 'GE Heartbeat',
      version,
      summary: 'Which components are alive, in how many instances and versions.',
      description,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '.', description: 'The service that this document comes from.' }],
    tags: Object.entries(operationTags)
      .filter(([name]) => [...used].some((tag) => tag === name))
      .map(([name, text]) => ({ name, description: text })),
    paths: Object.fromEntries(
      [...paths].map(([path, inPath]) => [
        path,
        Object.fromEntries(inPath.map((row) => [row.method, operationOf(row, path, schemas)])),
      ]),
    ),
    components: { schemas: schemas.components(), securitySchemes },
  };
}

const description = `Components and instances that are active now, or were in any past period.

Errors are problems (RFC 9457) whose \`code\` is stable. One response lists all errors of a request,
each with the path of its field. Unknown parameters are rejected.

Any request can also fail with 400, 408 or 431 if it is malformed, too slow or has too large headers,
with 404 or 405 if there is no such route or method, and with 500 if the service fails.`;

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token of the service, with the scopes `ingest` to send heartbeats, `read` to query, ' +
      '`admin` to change settings. A service without tokens needs none.',
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: sessionCookieName,
    description:
      'A session, which a browser begins with a token (`POST /api/v1/session`). It has the scopes ' +
      'of the token. Only pages of the service itself may change something with it.',
  },
};

/** A raw route for any method is described with the usual one. */
function rowsOfRawRoute({ path, scope, operation, takesTokenInPath }: RawRoute): Row[] {
  const row: Row = { ...operation, path, scope, method: operation.body ? 'post' : 'get' };
  if (!takesTokenInPath) return [row];
  const withToken: Row = {
    ...row,
    path: `${path}/:token`,
    summary: `${row.summary}, with the token in the path`,
    pathParameters: { token: 'A token, for senders that cannot set a header.' },
    // No security scheme of OpenAPI describes a token in the path.
    scope: 'none',
    problems: [...row.problems, ...problemsOfScope[scope]],
  };
  return [row, withToken];
}

function operationOf(row: Row, path: string, schemas: Schemas): JsonObject {
  const { method, tag, summary, description: text, scope, body } = row;
  const parameters = parametersOf(row, path, schemas);
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    description: text,
    parameters: parameters.length === 0 ? undefined : parameters,
    requestBody: body && {
      required: body.isOptional !== true,
      ...contentOf(body, schemas, 'input'),
    },
    responses: responsesOf(row, schemas),
    // The values of a scheme are the required roles (OpenAPI 3.1, 4.8.30).
    security: scope === 'none' ? [] : [{ bearer: [scope] }, { session: [scope] }],
  };
}

/** `get`, `/api/v1/dead-letters/{id}` → `getDeadLettersId`. */
function operationId(method: string, path: string): string {
  const words = path.replace(/^\/api\/v1/, '').match(/[A-Za-z0-9]+/g) ?? [];
  return [method, ...words.map((word) => `${word[0]?.toUpperCase()}${word.slice(1)}`)].join('');
}

function parametersOf(row: Row, path: string, schemas: Schemas): JsonObject[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: row.pathParameters?.[name] ?? '',
    schema: { type: 'string' },
  }));
  const others = (list: readonly DocumentedParameter[] = [], place: 'query' | 'header') =>
    list.map(({ name, description: text, schema, isRequired, isList }) => ({
      name,
      in: place,
      required: isRequired,
      description: text,
      schema: schemas.schemaOf(schema, 'input'),
      ...(isList && { style: 'form', explode: false }),
    }));
  return [...inPath, ...others(row.query, 'query'), ...others(row.requestHeaders, 'header')];
}

function responsesOf(row: Row, schemas: Schemas): JsonObject {
  const { problemsAre = 'application/problem+json', passedOn } = row;
  const byStatus = Map.groupBy(problemsOf(row), (code) => problemKinds[code].status);
  const problems = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join(' '),
      headers: status === 429 || status >= 503 ? retryAfter : undefined,
      content: {
        [problemsAre]:
          problemsAre === 'text/plain' ? { schema: { type: 'string' } } : oneOf(codes, schemas),
        // The other service may respond with the same status.
        ...(passedOn && mediaOf(passedOn, schemas, 'output')),
      },
    },
  ]);
  const responses = Object.entries({
    ...row.responses,
    ...(passedOn && { default: passedOn }),
  }).map(([status, content]) => [status, contentOf(content, schemas, 'output')]);
  return Object.fromEntries([...responses, ...problems]);
}

/** Problems with these codes, the first of them as the example. */
function oneOf(codes: readonly ProblemCode[], schemas: Schemas): JsonObject {
  const problem = schemas.schemaOf(problemSchema, 'output');
  const [code = 'internal-error'] = codes;
  const { status, title } = problemKinds[code];
  return {
    schema: { allOf: [problem, { properties: { code: { enum: codes } } }] },
    example: { type: 'about:blank', title, status, code, detail: 'Description of this error.' },
  };
}

/** Problems of an operation, with those of its scope. */
function problemsOf({ problems, scope }: Row): readonly ProblemCode[] {
  return [...new Set([...problems, ...problemsOfScope[scope]])];
}

const problemsOfScope: Readonly<Record<Scope, readonly ProblemCode[]>> = {
  none: [],
  ingest: ['unauthorized', 'forbidden', 'rate-limited'],
  read: ['unauthorized', 'forbidden', 'rate-limited'],
  admin: ['unauthorized', 'forbidden', 'rate-limited'],
};

const retryAfter = {
  'Retry-After': {
    description: 'Seconds after which a retry can succeed.',
    schema: { type: 'integer' },
  },
};

function contentOf(body: Content, schemas: Schemas, io: 'input' | 'output'): JsonObject {
  const content = mediaOf(body, schemas, io);
  const hasBody = Object.keys(content).length > 0;
  return { description: body.description, content: hasBody ? content : undefined };
}

/** Schemas by media type; the example is of the first. */
function mediaOf(
  { content, example }: Content,
  schemas: Schemas,
  io: 'input' | 'output',
): JsonObject {
  const media = Object.entries(content).map(([type, schema], index) => [
    type,
    { schema: schemas.schemaOf(schema, io), example: index === 0 ? example : undefined },
  ]);
  return Object.fromEntries(media);
}
