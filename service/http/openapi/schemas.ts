import { z } from 'zod';

export type JsonObject = { [key: string]: unknown };

/** JSON schemas for an OpenAPI document: schemas with an `id` in their metadata become components. */
export type Schemas = {
  /** Schema of what a client sends (`input`) or receives (`output`). */
  schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject;
  /** All components so far. */
  components(): JsonObject;
};

export function createSchemas(): Schemas {
  const components: JsonObject = {};

  function keep(id: string, schema: JsonObject): void {
    const known = components[id];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema)) {
      throw new Error(`Two different schemas have the id ${id}.`);
    }
    components[id] = schema;
  }

  return {
    schemaOf(schema, io) {
      const {
        $schema,
        $defs = {},
        ...root
      } = z.toJSONSchema(schema, {
        io,
        override: ({ jsonSchema }) => simplify(jsonSchema, io),
      });
      for (const [id, component] of Object.entries($defs)) keep(id, withComponents(component));
      return withComponents(root);
    },
    components: () =>
      Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Removes what is of no use to readers, and lets responses grow: clients ignore new members. */
function simplify(schema: z.core.JSONSchema.BaseSchema, io: 'input' | 'output'): void {
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema['id'] !== undefined) delete schema['id'];
}

/** References to definitions, as those to components. */
function withComponents(schema: object): JsonObject {
  return JSON.parse(
    JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'),
  );
}
