import { z } from 'zod';
import type { Outcome } from '../../contract/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { HttpResult } from '../../runtime/http/http-client.ts';
import type { Log } from '../../runtime/log.ts';
import { alertKey, type PostableAlert } from './postable.ts';

type Dependencies = {
  readonly urls: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Requests the alerts that an Alertmanager has. */
  readonly read: (url: string, signal: AbortSignal) => Promise<HttpResult>;
  readonly post: (
    url: string,
    alerts: readonly PostableAlert[],
    signal: AbortSignal,
  ) => Promise<Outcome>;
};

/** Most alerts in a request. */
const batchAlerts = 500;

const shownSchema = z.array(z.object({ labels: z.record(z.string(), z.string()) }));

/**
 * The alerts that were delivered and still fire. An Alertmanager forgets its alerts when it restarts,
 * and one with `--alerts.per-alertname-limit` discards alerts that it has accepted: `check` compares,
 * and sends again what is missing.
 */
export class FiringAlerts {
  readonly #firing = new Map<string, PostableAlert>();
  readonly #lacking = new Set<string>();
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** Notes alerts that were delivered. */
  delivered(alerts: readonly PostableAlert[]): void {
    for (const alert of alerts) {
      if (alert.startsAt === undefined) this.#firing.delete(alertKey(alert));
      else this.#firing.set(alertKey(alert), alert);
    }
  }

  /** Checks all Alertmanagers. One that cannot be reached is left for the next check. */
  async check(signal: AbortSignal): Promise<void> {
    const now = this.#dependencies.clock.now();
    for (const [key, { endsAt }] of this.#firing) {
      if (Date.parse(endsAt) <= now) this.#firing.delete(key);
    }
    if (this.#firing.size === 0) return;
    await Promise.all(this.#dependencies.urls.map((url) => this.#checkOne(url, signal)));
  }

  async #checkOne(url: string, signal: AbortSignal): Promise<void> {
    const { read, post, log } = this.#dependencies;
    const present = presentKeys(await read(url, signal));
    if (present === undefined) return;
    const missing = [...this.#firing].flatMap(([key, alert]) => (present.has(key) ? [] : [alert]));
    if (missing.length === 0) {
      if (this.#lacking.delete(url)) log.info({ url }, 'Alertmanager has all alerts again');
      return;
    }
    if (!this.#lacking.has(url)) {
      log.warn(
        { url, missing: missing.length },
        'Alertmanager lacks alerts that it accepted: they are sent again',
      );
    }
    this.#lacking.add(url);
    for (let at = 0; at < missing.length; at += batchAlerts) {
      const outcome = await post(url, missing.slice(at, at + batchAlerts), signal);
      if (outcome.kind === 'retry') return;
    }
  }
}

/** Undefined if the response is not a list of alerts. */
function presentKeys(result: HttpResult): Set<string> | undefined {
  if (result.kind === 'failure' || result.status !== 200) return undefined;
  try {
    return new Set(shownSchema.parse(JSON.parse(result.body)).map(alertKey));
  } catch {
    return undefined;
  }
}
