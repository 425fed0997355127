import { z } from 'zod';
import type { LvmbeatConfig } from '../../../config/sections/profiles/lvmbeat.ts';
import { defined } from '../../../contract/defined.ts';
import type { EventBody } from '../../../contract/event.ts';
import type { Identity, InstanceState } from '../../../contract/instance.ts';
import { isoTime } from '../../../contract/values/iso-time.ts';
import type { Clock } from '../../../runtime/clock.ts';

const savedSchema = z.object({
  enabled: z.boolean(),
  active: z.boolean(),
  /** The alert was raised by a request: only a heartbeat ends it. */
  isManual: z.boolean().optional(),
  remindedMs: z.number().optional(),
});
type Saved = Readonly<z.output<typeof savedSchema>>;

const savedKey = 'profiles.lvmbeat.monitor';
const remindEveryMs = 86_400_000;

type MonitorParts = {
  readonly config: LvmbeatConfig;
  readonly saved: ReadonlyMap<string, string>;
  /** Logs an event together with settings, in one commit; both are kept while the store fails. */
  readonly record: (
    event: EventBody | undefined,
    settings: ReadonlyMap<string, string>,
  ) => Promise<void>;
  readonly stateOf: (identity: Identity) => InstanceState | undefined;
  /** Wall clock time of its last heartbeat; undefined if it is not known. */
  readonly lastSeenMs: (identity: Identity) => number | undefined;
  readonly clock: Clock;
};

/** The instance whose heartbeats the monitor receives. */
export const siteOf = ({ site, version }: LvmbeatConfig): Identity => ({
  name: site,
  version,
  instance: 'outside',
});

/** Seconds with a Z, as lvmbeat writes them. */
export const shortIso = (ms: number): string => isoTime(ms).replace(/\.\d+Z$/, 'Z');

/**
 * The alert of the outside monitor. An absence raises it and a heartbeat ends it; each is an event, in
 * one commit with the state, so that it is made once and its mail is retried until it is sent.
 */
export class SiteMonitor {
  readonly site: Identity;
  readonly #parts: MonitorParts;
  readonly #startedMs: number;
  #state: Saved;

  constructor(parts: MonitorParts) {
    const text = parts.saved.get(savedKey);
    this.site = siteOf(parts.config);
    this.#parts = parts;
    this.#startedMs = parts.clock.monotonic();
    this.#state =
      text === undefined ? { enabled: true, active: false } : savedSchema.parse(JSON.parse(text));
  }

  status() {
    const { enabled, active } = this.#state;
    return { enabled, active, lastSeenMs: this.#parts.lastSeenMs(this.site) };
  }

  /** A heartbeat was stored: an alert ends. */
  received(): void {
    if (this.#state.active) void this.#change({ active: false }, this.#recovered()).catch(ignore);
  }

  /** To be called several times a second. */
  check(): void {
    const { enabled, active, isManual } = this.#state;
    const state = this.#parts.stateOf(this.site);
    if (active && !isManual && state === 'up') this.received();
    if (!enabled) this.#remind();
    if (!enabled || active || !this.#parts.config.startMonitor) return;
    const isNeverSeen = state === undefined && this.#startedAgoMs() >= this.#limitMs();
    if (state !== 'down' && !isNeverSeen) return;
    void this.#change({ active: true, isManual: false }, this.#down()).catch(ignore);
  }

  /** Enables or disables alerts; resolves when that is durable. */
  async enable(enabled: boolean, by: string): Promise<void> {
    const action = enabled ? 'enable' : 'disable';
    const event: EventBody = {
      kind: 'admin.acted',
      subject: undefined,
      reason: `The monitor of ${this.site.name} was ${action}d, by ${by}.`,
      data: { action: `${action} the monitor`, by },
    };
    await this.#change({ enabled, remindedMs: this.#parts.clock.now() }, event);
  }

  /** Whether a request to report this state would change anything. */
  wouldChange(isDown: boolean): boolean {
    return this.#state.active !== isDown;
  }

  /** Reports a state as a request wants it; resolves when that is durable. */
  async notify(isDown: boolean, by: string): Promise<void> {
    const event = isDown ? this.#down(by) : this.#recovered(by);
    await this.#change({ active: isDown, isManual: isDown }, event);
  }

  #limitMs = (): number => this.#parts.config.sendEmailAfterSeconds * 1_000;

  #startedAgoMs = (): number => this.#parts.clock.monotonic() - this.#startedMs;

  #down(by?: string): EventBody {
    const seenMs = this.#parts.lastSeenMs(this.site);
    const lastSeen = seenMs === undefined ? '<null>' : shortIso(seenMs);
    return {
      kind: 'site.down',
      subject: this.site,
      reason: `The ${this.site.name} connection is down. The last connection with the server was at ${lastSeen}.`,
      data: defined({ by }),
    };
  }

  #recovered(by?: string): EventBody {
    return {
      kind: 'site.recovered',
      subject: this.site,
      reason: `The ${this.site.name} connection appears to be up.`,
      data: defined({ by }),
    };
  }

  /** A disabled monitor must not be forgotten. */
  #remind(): void {
    const nowMs = this.#parts.clock.now();
    const { remindedMs = nowMs } = this.#state;
    if (nowMs - remindedMs < remindEveryMs) return;
    const event: EventBody = {
      kind: 'site.unmonitored',
      subject: this.site,
      reason: `The monitor of ${this.site.name} is disabled: no alert is raised until it is enabled.`,
    };
    void this.#change({ remindedMs: nowMs }, event).catch(ignore);
  }

  #change(change: Partial<Saved>, event: EventBody): Promise<void> {
    this.#state = { ...this.#state, ...change };
    return this.#parts.record(event, new Map([[savedKey, JSON.stringify(this.#state)]]));
  }
}

/** A store that fails keeps the change for later. */
const ignore = (): void => undefined;
