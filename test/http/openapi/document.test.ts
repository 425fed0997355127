import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import { interfaceText } from '../../../scripts/interface-document.ts';
import { json } from '../../../service/contract/api/operation.ts';
import { openApiDocument } from '../../../service/http/openapi/document.ts';
import type { Route } from '../../../service/http/route.ts';
import { documentSchema } from '../../support/interface.ts';

const route = (path: string, schema: z.ZodType): Route => ({
  method: 'get',
  path,
  scope: 'read',
  tag: 'events',
  summary: 'Something',
  responses: { 200: json('It.', schema) },
  problems: ['store-unavailable'],
  handle: () => undefined,
});

describe('openApiDocument', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(await interfaceText()));
    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  });

  it('has a schema with an id once, as a component', () => {
    const thing = z.object({ at: z.iso.datetime() }).meta({ id: 'Thing' });
    const routes = [route('/one', thing), route('/all', z.object({ things: z.array(thing) }))];
    const document = openApiDocument(routes, [], '1.0.0');
    const { components, paths } = documentSchema.parse(document);
    expect(components.schemas['Thing']).toEqual({
      type: 'object',
      properties: { at: { type: 'string', format: 'date-time' } },
      required: ['at'],
    });
    expect(JSON.stringify(paths).match(/#\/components\/schemas\/Thing/g)).toHaveLength(2);
    expect(JSON.stringify(document)).not.toContain('$defs');
  });

  it('refuses two schemas with the same id', () => {
    const other = { shape: z.object({ at: z.string() }) };
    const one = route('/one', z.object({ at: z.number() }).meta({ id: 'Twin' }));
    const two = route('/two', other.shape);
    expect(() => openApiDocument([one, two], [], '1')).not.toThrow();
    const twin = () => route('/three', other.shape.meta({ id: 'Twin' }));
    expect(() => openApiDocument([one, twin()], [], '1')).toThrow('Twin');
  });

  it('says what a token has to be allowed to do', () => {
    const open: Route = { ...route('/open', z.string()), scope: 'none' };
    const { paths } = documentSchema.parse(
      openApiDocument([open, route('/closed', z.string())], [], '1'),
    );
    expect(paths['/open']?.['get']?.security).toEqual([]);
    expect(paths['/closed']?.['get']?.security).toEqual([
      { bearer: ['read'] },
      { session: ['read'] },
    ]);
  });
});
