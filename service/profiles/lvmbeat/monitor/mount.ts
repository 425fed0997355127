import type { Caller } from '../../../contract/access/caller.ts';
import type { Scope } from '../../../contract/api/operation.ts';
import type { Outcome } from '../../../contract/outcome.ts';
import type { RawResponse } from '../../../contract/problem.ts';
import type { Mount } from '../../../contract/raw-route.ts';
import type { Ingest } from '../../../ingest/ingest.ts';
import { packageVersion } from '../../../runtime/package.ts';
import { StoreUnavailable } from '../../../store/failure.ts';
import { type SiteMonitor, shortIso } from './monitor.ts';
import {
  detailResponse,
  invalidForce,
  invalidNotification,
  jsonResponse,
  methodNotAllowed,
  notFound,
  redirect,
  serverError,
  toDetail,
} from './responses.ts';

export type MonitorMountParts = {
  readonly ingest: Ingest;
  readonly monitor: SiteMonitor;
  /** Why no mail can be sent, in lvmbeat's words; undefined if one can. */
  readonly mailFault: string | undefined;
  /** Sends a test message; undefined if there is no such notifier. */
  readonly test: (kind: 'email' | 'slack') => Promise<Outcome | undefined>;
};

type Request = {
  readonly caller: Caller;
  readonly by: string;
  readonly query: URLSearchParams;
};

type Page = {
  readonly scope: Scope;
  handle(request: Request): Promise<RawResponse> | RawResponse;
};

/** The protocol of lvmbeat's outside monitor: every operation is a GET. */
export function monitorMount(prefix: string, parts: MonitorMountParts): Mount {
  const pageAt = createPages(parts);
  const pathOf = (url: string): string => url.slice(prefix.length - 1).split('?', 1)[0] ?? '';

  return {
    prefix,
    takesTokenInPath: true,
    scopeOf: ({ method, url = '' }) =>
      method === 'GET' ? (pageAt(pathOf(url))?.scope ?? 'none') : 'none',
    async handle(_, caller, { method = '', url = '' }, addressOf) {
      const path = pathOf(url);
      const page = pageAt(path);
      if (page === undefined) return redirectOrNotFound(prefix, path, pageAt);
      if (method !== 'GET') return methodNotAllowed;
      const address = addressOf();
      const by = caller.name === undefined ? address : `${caller.name} (${address})`;
      const query = new URLSearchParams(url.split('?', 2)[1]);
      try {
        return await page.handle({ caller, by, query });
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        return detailResponse(503, 'The store is not available.', { 'retry-after': '5' });
      }
    },
    refuse(problem, { url = '' }) {
      if (pathOf(url) === '/heartbeat') parts.ingest.noteRefusal('lvmbeat', problem.code);
      return toDetail(problem);
    },
  };
}

type PageAt = (path: string) => Page | undefined;

/** The path of a page with a slash behind it is redirected to the page. */
function redirectOrNotFound(prefix: string, path: string, pageAt: PageAt): RawResponse {
  const bare = decoded(path).replace(/\/$/, '');
  const isPage = bare !== path && decoded(path).endsWith('/') && pageAt(bare) !== undefined;
  return isPage ? redirect(prefix.slice(0, -1) + bare) : notFound;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function createPages(parts: MonitorMountParts): PageAt {
  const { monitor } = parts;
  const pages = new Map<string, Page>([
    ['/heartbeat', { scope: 'ingest', handle: ({ caller }) => receive(parts, caller) }],
    ['/status', { scope: 'read', handle: () => jsonResponse(statusOf(monitor)) }],
    ['/enable', { scope: 'admin', handle: ({ by }) => enable(monitor, true, by) }],
    ['/disable', { scope: 'admin', handle: ({ by }) => enable(monitor, false, by) }],
    ['/test/email', { scope: 'admin', handle: () => testEmail(parts) }],
    ['/email-test', { scope: 'admin', handle: () => testEmail(parts) }],
    ['/test/slack', { scope: 'admin', handle: () => testSlack(parts) }],
    ['/version', { scope: 'none', handle: () => jsonResponse({ version: packageVersion() }) }],
  ]);
  return (path) => {
    const found = pages.get(path);
    if (found) return found;
    const [, type] = /^\/notify\/([^/%]+)$/.exec(path) ?? [];
    if (type === undefined) return undefined;
    return { scope: 'admin', handle: (request) => notify(parts, type, request) };
  };
}

async function receive({ ingest, monitor }: MonitorMountParts, caller: Caller) {
  const acceptance = await ingest.acceptOne('lvmbeat', monitor.site, caller);
  if (acceptance.kind === 'problem') return toDetail(acceptance.problem);
  monitor.received();
  return jsonResponse({ message: 'Heartbeat received.' });
}

function statusOf(monitor: SiteMonitor) {
  const { enabled, active, lastSeenMs } = monitor.status();
  return { enabled, active, last_seen: lastSeenMs === undefined ? null : shortIso(lastSeenMs) };
}

async function enable(monitor: SiteMonitor, enabled: boolean, by: string): Promise<RawResponse> {
  await monitor.enable(enabled, by);
  return jsonResponse({ message: `Heartbeat monitor ${enabled ? 'enabled' : 'disabled'}.` });
}

/** Python's words for a boolean in a query. */
const forces: Readonly<Record<string, boolean>> = {
  ...{ '1': true, true: true, yes: true, on: true, t: true, y: true },
  ...{ '0': false, false: false, no: false, off: false, f: false, n: false },
};

async function notify(
  { monitor, mailFault }: MonitorMountParts,
  type: string,
  { query, by }: Request,
): Promise<RawResponse> {
  if (type !== 'up' && type !== 'down') return invalidNotification(type);
  const text = query.get('force');
  const force = text === null ? false : forces[text.toLowerCase()];
  if (force === undefined) return invalidForce(text ?? '');
  const isDown = type === 'down';
  const isSent = force || monitor.wouldChange(isDown);
  if (isSent) await monitor.notify(isDown, by);
  if (isSent && mailFault !== undefined) return detailResponse(400, mailFault);
  const { enabled, active } = monitor.status();
  const message = isSent ? 'Notification sent.' : 'State has not changed. No notification sent.';
  return jsonResponse({ enabled, active, message });
}

async function testEmail({ mailFault, test }: MonitorMountParts): Promise<RawResponse> {
  if (mailFault !== undefined) return detailResponse(400, mailFault);
  const outcome = await test('email');
  return outcome?.kind === 'delivered' ? jsonResponse({ message: 'Email sent.' }) : serverError;
}

async function testSlack({ test }: MonitorMountParts): Promise<RawResponse> {
  const outcome = await test('slack');
  return outcome?.kind === 'delivered'
    ? jsonResponse({ message: 'Slack notification sent.' })
    : serverError;
}
