import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { z } from 'zod';

const schemaSchema = z.record(z.string(), z.unknown());
const contentSchema = z.record(z.string(), z.object({ schema: schemaSchema }));

const parameterSchema = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  description: z.string().min(1),
  schema: z.object({
    type: z.string().optional(),
    enum: z.array(z.string()).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    items: z.object({ enum: z.array(z.string()).optional() }).optional(),
  }),
});

const operationSchema = z.object({
  operationId: z.string(),
  summary: z.string().regex(/^[A-Z].*[^.]$/),
  parameters: z.array(parameterSchema).default([]),
  requestBody: z.object({ content: contentSchema }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string().min(1), content: contentSchema.default({}) }),
  ),
  security: z.union([
    z.tuple([]),
    z.tuple([
      z.strictObject({ bearer: z.array(z.string()) }),
      z.strictObject({ session: z.array(z.string()) }),
    ]),
  ]),
});

/** The parts of an OpenAPI document that tests read. */
export const documentSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), schemaSchema) }),
});

export type Described = z.infer<typeof operationSchema> & {
  readonly method: string;
  readonly path: string;
};

/** A response of the service. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The operations of a document, and the faults of a response to one of them. */
export function readInterface(document: unknown) {
  const { paths, components } = documentSchema.parse(document);
  const ajv = new Ajv2020({ allErrors: true, strict: false, formats: { 'date-time': isTime } });
  ajv.addSchema(schemaSchema.parse(closed({ components })), 'interface');
  const operations: Described[] = Object.entries(paths).flatMap(([path, inPath]) =>
    Object.entries(inPath).map(([method, operation]) => ({ ...operation, method, path })),
  );

  function faults({ responses }: Described, { status, headers, body }: Reply): string[] {
    const response = responses[status] ?? responses['default'];
    if (!response) return [`the status ${status} is not documented: ${body.slice(0, 200)}`];
    const [type = ''] = (headers['content-type'] ?? '').split(';');
    const documented = Object.keys(response.content);
    if (documented.length === 0) return body === '' ? [] : ['a body is not documented'];
    const content = response.content[type];
    if (!content) return [`${type} is not documented, ${documented.join(', ')} is`];
    const value: unknown = type.includes('json') ? parsed(type, body) : body;
    const validate = ajv.compile(schemaSchema.parse(closed(inDocument(content.schema))));
    return validate(value) ? [] : (validate.errors ?? []).map(faultIn);
  }

  return { operations, faults };
}

const isTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text);

const parsed = (type: string, body: string): unknown =>
  type === 'application/x-ndjson' ? body : JSON.parse(body);

const faultIn = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`;

const inDocument = (schema: object): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"interface#/components'));

/** Schemas without further members: responses may grow, but a test reports undocumented ones. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const inside = Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, closed(value)]),
  );
  const isOpen = 'properties' in node && 'type' in node && !('additionalProperties' in node);
  return isOpen ? { ...inside, unevaluatedProperties: false } : inside;
}
