import type { Caller } from '../../contract/access/caller.ts';
import type { Scope } from '../../contract/api/operation.ts';
import type { HttpResponse } from '../../contract/problem.ts';
import type { Mount } from '../../contract/raw-route.ts';
import type { Ingest } from '../../ingest/ingest.ts';
import { StoreUnavailable } from '../../store/failure.ts';
import { type Naming, takeHeartbeat, takeHeartbeatOf } from './heartbeat.ts';
import type { ParameterDesk } from './parameter-desk.ts';
import { type StateOf, tellState, tellStates } from './states.ts';
import { inItsWords, jsonAnswer, movedTo, notAllowed, notFound, problem, root } from './words.ts';
import { normalise } from './xname.ts';

/** What the protocol is made of. */
export type HbtdParts = {
  readonly ingest: Ingest;
  readonly naming: Naming;
  readonly stateOf: StateOf;
  readonly parameters: ParameterDesk;
  /** Why heartbeats cannot be taken now; undefined while they can. */
  readonly notReady: () => string | undefined;
  readonly hsmStatus: () => Promise<HsmStatus>;
  readonly telemetryStatus: () => TelemetryStatus;
};

export type HsmStatus = 'Not initialized' | 'Not ready' | 'Ready';
export type TelemetryStatus = 'Not Connected' | 'Connected and OPEN' | 'Connected and CLOSED';

/** Who asks, and where from. */
type Sender = { readonly caller: Caller; readonly addressOf: () => string };

/** As the log of events names whoever changes something. */
const inWords = ({ caller: { name }, addressOf }: Sender): string =>
  name === undefined ? addressOf() : `${name} (${addressOf()})`;

/** A page, and how it answers to each method that it knows. */
type Page = {
  /** What its problems call it. */
  readonly instance: string;
  readonly methods: Readonly<Record<string, Method>>;
};

type Method = {
  readonly scope: Scope;
  answer(body: Buffer, from: Sender): Promise<HttpResponse> | HttpResponse;
};

/**
 * The protocol of Cray's heartbeat tracker daemon, below `/hmi/v1`; elsewhere there is nothing.
 * `prefix` says of which paths it is asked.
 */
export function hbtdMount(prefix: string, parts: HbtdParts): Mount {
  const pageAt = createPages(parts);

  return {
    prefix,
    scopeOf({ method = '', url = '' }) {
      return pageAt(pathOf(url))?.methods[method]?.scope ?? 'none';
    },
    async handle(body, caller, { method = '', url = '' }, addressOf) {
      const path = pathOf(url);
      const page = pageAt(path);
      if (page === undefined) return elsewhere(path, url, pageAt);
      const known = page.methods[method];
      if (known === undefined) return notAllowed(Object.keys(page.methods), page.instance);
      return known.answer(body, { caller, addressOf });
    },
    refuse(ours, { url = '' }) {
      const path = pathOf(url);
      if (path.startsWith(`${root}/heartbeat`)) parts.ingest.noteRefusal('hbtd', ours.code);
      return inItsWords(ours, pageAt(path)?.instance ?? path);
    },
  };
}

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** A page is also found with a slash behind its path, and says where it really is. */
function elsewhere(path: string, url: string, pageAt: PageAt): HttpResponse {
  const bare = path.slice(0, -1);
  if (!path.endsWith('/') || pageAt(bare) === undefined) return notFound;
  return movedTo(`${bare}${url.slice(path.length)}`);
}

type PageAt = (path: string) => Page | undefined;

function createPages(parts: HbtdParts): PageAt {
  const { ingest, naming, stateOf, parameters, notReady } = parts;
  const page = (name: string, methods: Page['methods']): [string, Page] => [
    `${root}/${name}`,
    { instance: `${root}/${name}`, methods },
  ];
  const showParameters = () => jsonAnswer(parameters.current());

  async function changeParameters(body: Buffer, from: Sender) {
    try {
      const outcome = await parameters.patch(body, inWords(from));
      return outcome.kind === 'changed' ? outcome : { ...outcome, status: 400 };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      const detail = 'Failed KV service STORE operation';
      return { kind: 'unavailable', status: 500, detail } as const;
    }
  }

  const pages = new Map([
    page('heartbeat', {
      POST: {
        scope: 'ingest',
        answer: (body, { caller }) => takeHeartbeat(body, { ingest, naming, caller }),
      },
    }),
    page('hbstates', {
      POST: { scope: 'read', answer: (body) => tellStates(body, stateOf, naming) },
    }),
    page('params', {
      GET: { scope: 'read', answer: showParameters },
      PATCH: {
        scope: 'admin',
        async answer(body, from) {
          const outcome = await changeParameters(body, from);
          if (outcome.kind === 'changed') return showParameters();
          return problem(outcome.status, outcome.detail, `${root}/params`);
        },
      },
    }),
    page('health', { GET: { scope: 'none', answer: () => tellHealth(parts) } }),
    page('readiness', {
      GET: { scope: 'none', answer: () => empty(notReady() === undefined ? 204 : 503) },
    }),
    page('liveness', { GET: { scope: 'none', answer: () => empty(204) } }),
  ]);

  /** The pages of single components. */
  function pageOf(kind: string, xname: string): Page | undefined {
    switch (kind) {
      case 'heartbeat': {
        const answer = (body: Buffer, { caller }: Sender) =>
          takeHeartbeatOf(xname, body, { ingest, naming, caller });
        return { instance: `${root}/heartbeat`, methods: { POST: { scope: 'ingest', answer } } };
      }
      case 'hbstate': {
        const answer = () => tellState(xname, stateOf, naming);
        const instance = `${root}/hbstate/${normalise(xname)}`;
        return { instance, methods: { GET: { scope: 'read', answer } } };
      }
      default:
        return undefined;
    }
  }

  return (path) => {
    const found = pages.get(path);
    if (found) return found;
    const [, kind, encoded] = /^\/hmi\/v1\/(heartbeat|hbstate)\/([^/]+)$/.exec(path) ?? [];
    const xname = decoded(encoded);
    return kind === undefined || xname === undefined ? undefined : pageOf(kind, xname);
  };
}

/** The name in a path; undefined for what is none, or would be two parts of the path. */
function decoded(encoded: string | undefined): string | undefined {
  try {
    const name = encoded === undefined ? '' : decodeURIComponent(encoded);
    return name === '' || name.includes('/') ? undefined : name;
  } catch {
    return undefined;
  }
}

const empty = (status: number): HttpResponse => ({ status, headers: {}, body: '' });

async function tellHealth({
  notReady,
  hsmStatus,
  telemetryStatus,
}: HbtdParts): Promise<HttpResponse> {
  const problem = notReady();
  return jsonAnswer({
    KvStore:
      problem === undefined
        ? 'Initialization key present: HBTD_OK'
        : `Error accessing key values: ${problem}`,
    MsgBus: telemetryStatus(),
    HsmStatus: await hsmStatus(),
  });
}
