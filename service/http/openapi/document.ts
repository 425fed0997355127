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

/** A row of the table of routes, or a rawRoute in the form of one. */
type Row = Operation & Pick<Route, 'method' | 'path' | 'scope'>;

/** The table of routes as an OpenAPI 3.1 document. */
export function openApiDocument(
  routes: readonly Route[],
  rawRoutes: readonly RawRoute[],
  version: string,
): JsonObject {
  const schemas = createSchemas();
  const rows = [...rawRoutes.flatMap(rowsOfLane), ...routes];
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
    servers: [{ url: '/', description: 'The service that this document comes from.' }],
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

const description = `Who was active when, and who is now.

Errors are problems (RFC 9457) whose \`code\` is stable. What is wrong with a request is told in one
answer, every field by its path. Parameters that an operation does not know are refused.

Any request can also be answered with 400, 408 or 431 when it is no HTTP, too slow or has too much
of headers, with 404 or 405 when there is no such route or method, and with 500 when the service
itself fails.`;

const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token of the service. What it is allowed to do are its scopes: `ingest` sends ' +
      'heartbeats, `read` asks, `admin` changes things. A service that has no tokens asks for none.',
  },
};

/** A rawRoute that takes any method is shown with the one that fits. */
function rowsOfLane({ path, scope, operation, takesTokenInPath }: RawRoute): Row[] {
  const row: Row = { ...operation, path, scope, method: operation.body ? 'post' : 'get' };
  if (!takesTokenInPath) return [row];
  const withToken: Row = {
    ...row,
    path: `${path}/:token`,
    summary: `${row.summary}, with the token in the path`,
    pathParameters: { token: 'A token, for senders that cannot set a header.' },
    // The token is in the path: no scheme of the document says so.
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
    ...(text === undefined ? {} : { description: text }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.isOptional !== true,
            ...contentOf(body, schemas, 'input'),
          },
        }),
    responses: responsesOf(row, schemas),
    // What stands behind the scheme are the roles that are needed (OpenAPI 3.1, 4.8.30).
    security: scope === 'none' ? [] : [{ bearer: [scope] }],
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
      ...(isRequired ? { required: true } : {}),
      description: text,
      schema: schemas.schemaOf(schema, 'input'),
      ...(isList ? { style: 'form', explode: false } : {}),
    }));
  return [...inPath, ...others(row.query, 'query'), ...others(row.requestHeaders, 'header')];
}

function responsesOf(row: Row, schemas: Schemas): JsonObject {
  const { problemsAre = 'application/problem+json', handedOn } = row;
  const byStatus = Map.groupBy(problemsOf(row), (code) => problemKinds[code].status);
  const problems = [...byStatus].map(([status, codes]) => [
    status,
    {
      description: codes.map((code) => `\`${code}\`: ${problemKinds[code].title}.`).join(' '),
      ...(status === 429 || status >= 503 ? { headers: retryAfter } : {}),
      content: {
        [problemsAre]:
          problemsAre === 'text/plain' ? { schema: { type: 'string' } } : oneOf(codes, schemas),
        // The other side may answer with the same status, in its own words.
        ...(handedOn ? mediaOf(handedOn, schemas, 'output') : {}),
      },
    },
  ]);
  const answers = Object.entries({
    ...row.answers,
    ...(handedOn ? { default: handedOn } : {}),
  }).map(([status, content]) => [status, contentOf(content, schemas, 'output')]);
  return Object.fromEntries([...answers, ...problems]);
}

/** Problems with these codes, the first of them as the example. */
function oneOf(codes: readonly ProblemCode[], schemas: Schemas): JsonObject {
  const problem = schemas.schemaOf(problemSchema, 'output');
  const [code = 'internal-error'] = codes;
  const { status, title } = problemKinds[code];
  return {
    schema: { allOf: [problem, { properties: { code: { enum: codes } } }] },
    example: { type: 'about:blank', title, status, code, detail: 'What was wrong this time.' },
  };
}

/** What an operation may answer with apart from what it says itself. */
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
    description: 'After how many seconds it is worth trying again.',
    schema: { type: 'integer' },
  },
};

function contentOf(body: Content, schemas: Schemas, io: 'input' | 'output'): JsonObject {
  const content = mediaOf(body, schemas, io);
  const hasBody = Object.keys(content).length > 0;
  return { description: body.description, ...(hasBody ? { content } : {}) };
}

/** What is in each media type; the example is of the first. */
function mediaOf(
  { content, example }: Content,
  schemas: Schemas,
  io: 'input' | 'output',
): JsonObject {
  const media = Object.entries(content).map(([type, schema], index) => [
    type,
    {
      schema: schemas.schemaOf(schema, io),
      ...(index === 0 && example !== undefined ? { example } : {}),
    },
  ]);
  return Object.fromEntries(media);
}
