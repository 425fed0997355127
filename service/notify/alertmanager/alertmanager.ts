import { readFileSync } from 'node:fs';
import type { AlertmanagerConfig } from '../../config/sections/notifiers/alertmanager.ts';
import { defined } from '../../contract/defined.ts';
import type { LivenessEvent } from '../../contract/event.ts';
import { type Destination, delivered, type Outcome, skipped } from '../../contract/outcome.ts';
import { Secret } from '../../contract/values/secret.ts';
import { createOneAtATime } from '../../runtime/concurrency/one-at-a-time.ts';
import { classifyResponse } from '../../runtime/http/classify-response.ts';
import { createHttpClient, type HttpClient } from '../../runtime/http/http-client.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { LookAhead, Notifier } from '../notifier.ts';
import { withoutSecrets } from '../redact.ts';
import { createRouting } from '../routing.ts';
import { endsAlerts } from './alerts.ts';
import { FiringAlerts } from './firing-alerts.ts';
import {
  type PostableAlert,
  type PostingOptions,
  postableAlerts,
  withoutStale,
} from './postable.ts';

export type AlertmanagerOptions = PostingOptions &
  Pick<Runtime, 'clock' | 'log'> & {
    /** All Alertmanagers of a cluster, which share notifications but not alerts. */
    readonly urls: readonly string[];
    /** Value of the header `Authorization`. */
    readonly authorization?: Secret | undefined;
    readonly http: HttpClient;
    readonly lookAhead?: LookAhead;
  };

export function createAlertmanager(
  config: AlertmanagerConfig,
  { clock, log, proxy }: Pick<Runtime, 'clock' | 'log' | 'proxy'>,
  lookAhead: LookAhead,
): Notifier {
  const { name, caFile, insecure, holdSeconds, checkSeconds, timeoutSeconds } = config;
  const ca = caFile === undefined ? undefined : readFileSync(caFile, 'utf8');
  const http = createHttpClient({ timeoutMs: timeoutSeconds * 1_000, ca, insecure, proxy });
  const isRouted = createRouting(config);
  const closing = new AbortController();
  const { deliver, check } = connectAlertmanagers({
    ...config,
    authorization: authorizationOf(config),
    holdMs: holdSeconds * 1_000,
    mayFire: (event) => event.kind === 'test' || isRouted(event),
    http,
    clock,
    lookAhead,
    log: log.child({ notifier: name }),
  });
  const checking = async () => {
    while (!closing.signal.aborted) {
      await clock.sleep(checkSeconds * 1_000, closing.signal);
      await check(closing.signal);
    }
  };
  if (checkSeconds > 0) void checking();
  return {
    deliver,
    ends: endsAlerts,
    // Alertmanager groups alerts; these batches only save requests.
    batchRecords: 500,
    batchWaitMs: 200,
    close() {
      closing.abort();
      http.close();
    },
  };
}

function authorizationOf({ username, password, bearerToken }: AlertmanagerConfig) {
  if (bearerToken !== undefined) return new Secret(`Bearer ${bearerToken.reveal()}`);
  if (username === undefined || password === undefined) return undefined;
  const login = Buffer.from(`${username}:${password.reveal()}`).toString('base64');
  return new Secret(`Basic ${login}`);
}

type Alertmanagers = {
  readonly deliver: Destination<LivenessEvent>;
  /** Sends again what is missing of the delivered alerts. */
  check(signal: AbortSignal): Promise<void>;
};

/**
 * Posts events as alerts to each Alertmanager. As with Prometheus, they are delivered when one has
 * accepted them: one that is unavailable must not delay the others.
 */
export function connectAlertmanagers(options: AlertmanagerOptions): Alertmanagers {
  const { urls, http, clock, lookAhead } = options;
  const noteOutcomes = createOutageLog(options);
  const post = createPost(options);
  const firing = new FiringAlerts({
    ...options,
    read: (url, signal) =>
      http.request({
        method: 'GET',
        url: `${at(url)}?filter=${encodeURIComponent('alertname=~"Heartbeat.+"')}`,
        headers: headersOf(options),
        needsBody: true,
        signal,
      }),
    post,
  });
  // A check must not send an alert again that an event resolves meanwhile.
  const oneAtATime = createOneAtATime();

  const deliver: Destination<LivenessEvent> = async (batch, signal) => {
    const latest = postableAlerts(batch, options, clock.now());
    if (latest.length === 0) return skipped;
    const alerts = lookAhead ? await withoutStale(latest, lookAhead(batch), options) : latest;
    if (alerts.length === 0) return skipped;
    const outcomes = await Promise.all(urls.map((url) => post(url, alerts, signal)));
    const outcome = combined(outcomes);
    if (outcome.kind !== 'delivered') return outcome;
    noteOutcomes(outcomes);
    firing.delivered(alerts);
    return outcome;
  };
  return {
    deliver: (batch, signal) => oneAtATime(() => deliver(batch, signal)),
    check: (signal) => oneAtATime(() => firing.check(signal)),
  };
}

export const createAlertmanagerDestination = (
  options: AlertmanagerOptions,
): Destination<LivenessEvent> => connectAlertmanagers(options).deliver;

const at = (url: string): string => `${url.replace(/\/+$/, '')}/api/v2/alerts`;

const headersOf = ({ authorization }: Pick<AlertmanagerOptions, 'authorization'>) =>
  defined({ authorization: authorization?.reveal() });

function createPost(options: AlertmanagerOptions) {
  const { authorization, http, clock } = options;
  return async (
    url: string,
    alerts: readonly PostableAlert[],
    signal: AbortSignal,
  ): Promise<Outcome> => {
    const result = await http.request({
      method: 'POST',
      url: at(url),
      headers: { 'content-type': 'application/json', ...headersOf(options) },
      body: JSON.stringify(alerts),
      signal,
    });
    const redacted = withoutSecrets(result, authorization ? [authorization.reveal()] : []);
    return classifyResponse(new URL(url).host, redacted, clock.now());
  };
}

/**
 * One success is enough. Without one, a rejection counts, because its Alertmanager has read the alerts
 * and the others would reject them too; otherwise the first failure.
 */
function combined(outcomes: readonly Outcome[]): Outcome {
  const of = (kind: Outcome['kind']) => outcomes.find((outcome) => outcome.kind === kind);
  return of('delivered') ?? of('rejected') ?? of('retry') ?? delivered;
}

/** Logs once when an Alertmanager fails while others accept alerts, and once when it works again. */
function createOutageLog({ urls, log }: Pick<AlertmanagerOptions, 'urls' | 'log'>) {
  const failing = new Set<string>();
  return (outcomes: readonly Outcome[]): void => {
    for (const [index, url] of urls.entries()) {
      const outcome = outcomes[index];
      if (outcome === undefined) continue;
      if (outcome.kind === 'delivered') {
        if (failing.delete(url)) log.info({ url }, 'Alertmanager accepts alerts again');
      } else {
        if (!failing.has(url)) {
          log.warn(
            { url, detail: outcome.detail },
            'Alertmanager does not accept alerts: others have them',
          );
        }
        failing.add(url);
      }
    }
  };
}
