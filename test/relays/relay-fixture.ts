import { type RelayConfig, relaysSection } from '../../service/config/sections/relays/relays.ts';
import type { EventBody } from '../../service/contract/event.ts';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import { identityKey } from '../../service/contract/instance.ts';
import { Relay } from '../../service/relays/relay.ts';
import { SteadyTime } from '../../service/relays/steady-time.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

const startMs = Date.UTC(2026, 0, 1);
/** Time between two evaluations. */
export const checkMs = 250;
const target = { type: 'http', url: 'http://127.0.0.1:9/' };

/** The configuration with defaults. */
function configOf(given: object): RelayConfig {
  const [config] = relaysSection.parse([{ name: 'dome', target, ...given }]);
  if (!config) throw new Error('no relay');
  return config;
}

/** A relay with a clock and a target of its own. Its life ends with `restart`; its settings stay. */
export class RelayFixture {
  readonly events: EventBody[] = [];
  readonly config: RelayConfig;
  wallMs = startMs;
  monotonicMs = 0;
  emissions = 0;
  onEmit: () => void = () => undefined;
  /** Resolves the emission that is under way; undefined if it succeeds at once. */
  failure: string | undefined;
  relay: Relay;
  readonly #settings = new Map<string, string>();
  readonly #known = new Map<string, Heartbeat>();

  constructor(given: object) {
    this.config = configOf(given);
    this.relay = this.#open();
  }

  #open(): Relay {
    const clock = {
      now: () => this.wallMs,
      monotonic: () => this.monotonicMs,
      sleep: async () => undefined,
    };
    const instances = {
      known: () => this.#known.values(),
      isExpected: (identity: Heartbeat | Parameters<typeof identityKey>[0]) =>
        this.#known.has(identityKey(identity)),
      clockOffsetMs: () => 0,
    };
    const runtime = {
      clock,
      log: createRecordedLog().log,
      metrics: createMetrics({ destination: [], relay: ['dome'] }),
    };
    const parts = {
      target: {
        emit: async () => {
          this.emissions++;
          this.onEmit();
          return this.failure;
        },
        close: () => undefined,
      },
      time: new SteadyTime(clock),
      instances,
      saved: this.#settings,
      record: async (event: EventBody, settings: ReadonlyMap<string, string>) => {
        this.events.push(event);
        for (const [key, value] of settings) this.#settings.set(key, value);
      },
    };
    return new Relay(this.config, parts, runtime);
  }

  restart(): void {
    this.relay.close();
    this.relay = this.#open();
    this.relay.check();
  }

  /** Time passes, with the evaluations that belong to it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= checkMs) {
      this.monotonicMs += Math.min(left, checkMs);
      this.wallMs += Math.min(left, checkMs);
      this.relay.check();
      await settle();
    }
  }

  /** The process does not run. */
  stall(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
  }

  async beat(name: string, lateMs = 0, status?: 'stopping'): Promise<void> {
    const heartbeat: Heartbeat = {
      ...{ name, version: '1', instance: 'a' },
      timestampMs: this.wallMs - lateMs,
      receivedAtMs: this.wallMs,
      ...(status ? { status } : {}),
    };
    if (status) this.#known.delete(identityKey(heartbeat));
    else this.#known.set(identityKey(heartbeat), heartbeat);
    this.relay.received([heartbeat]);
    await settle();
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }

  get isOpen(): boolean {
    return this.relay.view().state === 'open';
  }
}

const settle = async () => {
  for (let n = 0; n < 5; n++) await Promise.resolve();
};

/** Two critical sources, and one that closes nothing. */
export const sources = [
  { name: 'a', within: 5 },
  { name: 'b', within: 8 },
  { name: 'c', within: 5, critical: false },
];
