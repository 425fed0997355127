import { posix } from 'node:path';
import type { Caller } from '../../contract/access/caller.ts';
import type { Scope } from '../../contract/api/operation.ts';
import type { RawResponse } from '../../contract/problem.ts';
import type { Mount } from '../../contract/raw-route.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { StoreUnavailable } from '../../store/failure.ts';
import { acceptHeartbeat, acceptHeartbeatOf } from './heartbeat.ts';
import type { HsmStatus } from './hsm-status.ts';
import type { HbtdParameters } from './parameters.ts';
import {
  badRequest,
  emptyResponse,
  hbtdProblem,
  jsonResponse,
  pageNotFound,
  root,
  toHbtdProblem,
  unsupportedMethod,
} from './responses.ts';
import { readState, readStates, type StateOf } from './states.ts';
import { normalise } from './xname.ts';

/** Parts that the protocol is made of. */
export type HbtdParts = {
  readonly ingest: Ingest;
  /** Version of all components of this protocol. */
  readonly version: string;
  readonly stateOf: StateOf;
  readonly parameters: HbtdParameters;
  /** Returns why heartbeats cannot be accepted now; undefined while they can. */
  readonly notReady: () => string | undefined;
  readonly hsmStatus: () => Promise<HsmStatus>;
  readonly telemetryStatus: () => 'Not Connected' | 'Connected and OPEN' | 'Connected and CLOSED';
};

type Sender = { readonly caller: Caller; readonly addressOf: () => string };

/** A path, and what it does for each of its methods. */
type Page = {
  /** The `instance` of its problems. */
  readonly instance: string;
  readonly methods: Readonly<Record<string, Method>>;
};

type Method = {
  readonly scope: Scope;
  handle(body: Buffer, from: Sender): Promise<RawResponse> | RawResponse;
};

type PageAt = (path: string) => Page | undefined;

/** The protocol of Cray's heartbeat tracker daemon, below `/hmi/v1`. */
export function hbtdMount(prefix: string, parts: HbtdParts): Mount {
  const pageAt = createPages(parts);

  return {
    prefix,
    scopeOf({ method = '', url = '' }) {
      return pageAt(pathOf(url))?.methods[method]?.scope ?? 'none';
    },
    async handle(body, caller, { method = '', url = '' }, addressOf) {
      const path = pathOf(url);
      const clean = path.startsWith('/') ? posix.normalize(path) : path;
      if (clean !== path) return movedTo(`${clean}${url.slice(path.length)}`);
      const page = pageAt(path);
      if (page === undefined) return redirectOrNotFound(path, url, pageAt);
      const known = page.methods[method];
      if (known === undefined) return unsupportedMethod(Object.keys(page.methods), page.instance);
      return known.handle(body, { caller, addressOf });
    },
    refuse(problem, { url = '' }) {
      const path = pathOf(url);
      if (path.startsWith(`${root}/heartbeat`)) parts.ingest.noteRefusal('hbtd', problem.code);
      return toHbtdProblem(problem, pageAt(path)?.instance ?? path);
    },
  };
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** The path of a page with a slash behind it is redirected to the page. */
function redirectOrNotFound(path: string, url: string, pageAt: PageAt): RawResponse {
  if (!isEncoded(path)) return badRequest;
  const bare = path.slice(0, -1);
  if (!path.endsWith('/') || pageAt(bare) === undefined) return pageNotFound;
  return movedTo(`${bare}${url.slice(path.length)}`);
}

const movedTo = (location: string): RawResponse => emptyResponse(301, { location });

const isEncoded = (path: string): boolean => !/%(?![\da-f]{2})/i.test(path);

function createPages(parts: HbtdParts): PageAt {
  const { ingest, version, stateOf, notReady } = parts;
  const page = (name: string, methods: Page['methods']): [string, Page] => [
    `${root}/${name}`,
    { instance: `${root}/${name}`, methods },
  ];
  const pages = new Map([
    page('heartbeat', {
      POST: {
        scope: 'ingest',
        handle: (body, { caller }) => acceptHeartbeat(body, { ingest, version, caller }),
      },
    }),
    page('hbstates', {
      POST: { scope: 'read', handle: (body) => readStates(body, stateOf, version) },
    }),
    page('params', parameterMethods(parts.parameters)),
    page('health', { GET: { scope: 'none', handle: () => readHealth(parts) } }),
    page('readiness', {
      GET: { scope: 'none', handle: () => emptyResponse(notReady() === undefined ? 204 : 503) },
    }),
    page('liveness', { GET: { scope: 'none', handle: () => emptyResponse(204) } }),
  ]);

  /** The pages of single components. */
  function pageOf(kind: string, xname: string): Page {
    if (kind === 'heartbeat') {
      const handle = (body: Buffer, { caller }: Sender) =>
        acceptHeartbeatOf(xname, body, { ingest, version, caller });
      return { instance: `${root}/heartbeat`, methods: { POST: { scope: 'ingest', handle } } };
    }
    const handle = () => readState(xname, stateOf, version);
    const instance = `${root}/hbstate/${normalise(xname)}`;
    return { instance, methods: { GET: { scope: 'read', handle } } };
  }

  return (path) => {
    const found = pages.get(path);
    if (found) return found;
    const [, kind, encoded] = /^\/hmi\/v1\/(heartbeat|hbstate)\/([^/]+)$/.exec(path) ?? [];
    const xname = decoded(encoded);
    return kind === undefined || xname === undefined ? undefined : pageOf(kind, xname);
  };
}

/** The name in a path; undefined for an invalid one, or one that contains a slash. */
function decoded(encoded: string | undefined): string | undefined {
  try {
    const name = encoded === undefined ? '' : decodeURIComponent(encoded);
    return name === '' || name.includes('/') ? undefined : name;
  } catch {
    return undefined;
  }
}

function parameterMethods(parameters: HbtdParameters): Page['methods'] {
  const instance = `${root}/params`;
  return {
    GET: { scope: 'read', handle: () => jsonResponse(parameters.current()) },
    PATCH: {
      scope: 'admin',
      async handle(body, { caller: { name }, addressOf }) {
        const by = name === undefined ? addressOf() : `${name} (${addressOf()})`;
        try {
          const outcome = await parameters.patch(body, by);
          return outcome.kind === 'changed'
            ? jsonResponse(parameters.current())
            : hbtdProblem(400, outcome.detail, instance);
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) throw error;
          return hbtdProblem(500, 'Failed KV service STORE operation', instance);
        }
      },
    },
  };
}

async function readHealth({
  notReady,
  hsmStatus,
  telemetryStatus,
}: HbtdParts): Promise<RawResponse> {
  const problem = notReady();
  const response = jsonResponse({
    KvStore:
      problem === undefined
        ? 'Initialization key present: HBTD_OK'
        : `Error accessing key values: ${problem}`,
    MsgBus: telemetryStatus(),
    HsmStatus: await hsmStatus(),
  });
  return { ...response, body: `${response.body}\n` };
}
