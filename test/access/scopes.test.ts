import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everything, interfaceText } from '../../scripts/interface-document.ts';
import { type Grant, grants } from '../../service/contract/access/caller.ts';
import { type Described, readInterface } from '../support/interface.ts';
import { type LocalService, startService } from '../support/service.ts';
import { bearer, entryOf, makeToken } from '../support/tokens.ts';

const tokens = grants.map((scope) => makeToken(scope, { scopes: [scope] }));
const { operations } = readInterface(JSON.parse(await interfaceText()));

/** Scope that each operation must need, stated a second time and in another way than in its row. */
function needed({ method, path }: Described): Grant | 'none' {
  if (/^\/(health\/(live|ready)|status|metrics|docs|docs\/\{file\}|openapi\.json)$/.test(path)) {
    return 'none';
  }
  if (['/api/v1/heartbeats', '/beat', '/beat/{token}'].includes(path)) return 'ingest';
  if (path === '/api/v1/records' && method === 'post') return 'ingest';
  if (path === '/api/v1/session') return 'none';
  if (path === '/api/v1/tokens') return 'admin';
  return method === 'get' ? 'read' : 'admin';
}

let service: LocalService;
beforeAll(async () => {
  service = await startService({
    ...everything,
    HEARTBEAT_AUTH_TOKENS: JSON.stringify(tokens.map(entryOf)),
  });
});
afterAll(() => service.stop());

/** The status of an answer to a call with nothing in it; 401 and 403 come before that is seen. */
async function statusOf(
  { method, path }: Described,
  headers: Record<string, string>,
  pathToken = 'hb_none_x',
): Promise<number> {
  const ending = new AbortController();
  const target = path.replace('{token}', pathToken).replaceAll(/\{\w+\}/g, 'x');
  const { status } = await fetch(`${service.url}${target}`, {
    method: method.toUpperCase(),
    headers,
    signal: ending.signal,
  });
  ending.abort();
  return status;
}

const titled = operations.map((operation) => ({
  title: `${operation.method} ${operation.path}`,
  scope: needed(operation),
  operation,
}));

describe('each operation', () => {
  it('is one of many', () => {
    expect(titled.length).toBeGreaterThan(20);
    expect(new Set(titled.map(({ scope }) => scope)).size).toBe(4);
  });

  it.each(titled)('$title is for those with the scope $scope', async ({ scope, operation }) => {
    const hasPathToken = operation.path.endsWith('{token}');
    const expected = (grant: Grant) => (scope === 'none' || scope === grant ? 'allowed' : 403);
    for (const token of tokens) {
      const [grant = 'read'] = token.scopes;
      const status = hasPathToken
        ? await statusOf(operation, {}, token.token)
        : await statusOf(operation, bearer(token));
      const seen = [401, 403].includes(status) ? status : 'allowed';
      expect({ grant, seen }).toEqual({ grant, seen: expected(grant) });
    }
    const status = await statusOf(operation, {});
    expect(status === 401 ? 401 : 'allowed').toBe(scope === 'none' ? 'allowed' : 401);
  });

  it.each(titled)('$title is described with the scope $scope', ({ scope, operation }) => {
    const described = operation.security.flatMap((scheme) => Object.values(scheme).flat());
    const isInPath = operation.path.endsWith('{token}');
    expect(described).toEqual(scope === 'none' || isInPath ? [] : [scope, scope]);
    // A sign-in and a sign-out have refusals of their own.
    if (operation.path === '/api/v1/session') return;
    const statuses = Object.keys(operation.responses);
    const refusals = ['401', '403', '429'].filter((status) => statuses.includes(status));
    expect(refusals).toEqual(scope === 'none' ? [] : ['401', '403', '429']);
  });
});
