import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { paramsRoutes } from '../../service/http/routes/params.ts';
import { startRoutes } from '../support/route-server.ts';

const path = '/api/v1/params';

async function serving() {
  let values: Readonly<Record<string, unknown>> = { lateSeconds: 120, downSeconds: 300 };
  const changes: unknown[] = [];
  const server = await startRoutes(
    paramsRoutes(
      {
        parameters: () => values,
        async patchParameters(change, by) {
          changes.push([change, by]);
          if (typeof change['lateSeconds'] === 'string') {
            const error = { path: 'lateSeconds', expected: 'a whole number', got: '"soon"' };
            return { kind: 'invalid', errors: [error] };
          }
          values = { ...values, ...change };
          return { kind: 'changed' };
        },
      },
      { all: z.object(), some: z.object() },
    ),
  );
  return { changes, ...server };
}

describe('GET /api/v1/params', () => {
  it('gives the values in use', async () => {
    expect(await (await serving()).get(path)).toMatchObject({
      status: 200,
      json: { lateSeconds: 120, downSeconds: 300 },
    });
  });
});

describe('PATCH /api/v1/params', () => {
  it('changes what is named, and answers with the values in use', async () => {
    const { changes, request, get } = await serving();
    const changed = { lateSeconds: 60, downSeconds: 300 };
    expect(await request('PATCH', path, '{"lateSeconds":60}')).toMatchObject({
      status: 200,
      json: changed,
    });
    expect(await get(path)).toMatchObject({ json: changed });
    expect(changes).toEqual([[{ lateSeconds: 60 }, '127.0.0.1']]);
  });

  it('returns the fault of each parameter', async () => {
    const { request } = await serving();
    expect(await request('PATCH', path, '{"lateSeconds":"soon"}')).toMatchObject({
      status: 400,
      json: {
        code: 'invalid-parameter',
        detail: 'lateSeconds: expected a whole number; got "soon".',
        errors: [{ path: 'lateSeconds' }],
      },
    });
  });

  it.each(['', '{', 'null', '[]', '[{"lateSeconds":60}]', '7', '"lateSeconds"'])(
    'takes no body of %j',
    async (body) => {
      const { request, changes } = await serving();
      expect(await request('PATCH', path, body)).toMatchObject({
        status: 400,
        json: { errors: [{ path: '$' }] },
      });
      expect(changes).toEqual([]);
    },
  );

  it('takes no body that is too large', async () => {
    const { request } = await serving();
    expect(await request('PATCH', path, `{"a":"${'x'.repeat(70_000)}"}`)).toMatchObject({
      status: 413,
      json: { code: 'body-too-large' },
    });
  });
});
