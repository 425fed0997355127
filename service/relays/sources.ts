import type { SourceConfig } from '../config/sections/relays/relays.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import { type Identity, identityKey } from '../contract/instance.ts';
import { createGlob } from '../contract/values/glob.ts';
import type { SourceFact } from './gate.ts';

/** What the sources need to know of instances. */
export type ExpectedInstances = {
  /** Instances that are known at the start, and not retired. */
  known(): Iterable<Identity>;
  /** Whether an instance is known and not retired. */
  isExpected(identity: Identity): boolean;
  /** Time by which the clock of an instance is behind; 0 when it is right or not known. */
  clockOffsetMs(identity: Identity): number;
};

type Instance = { readonly identity: Identity; heardMs: number | undefined };

/** Names that are remembered not to match; they come from the network. */
const maxNames = 10_000;

/**
 * The instances of a relay's sources, and when each was received last. An instance belongs to its
 * source until it is retired or forgotten: one that stops sending is missing, also after a restart of
 * the service, from which on no heartbeat counts as received.
 */
export class Sources {
  readonly #sources: readonly Source[];
  readonly #facts: ExpectedInstances;
  readonly #others = new Set<string>();

  constructor(configured: readonly SourceConfig[], facts: ExpectedInstances) {
    this.#sources = configured.map((config) => new Source(config));
    this.#facts = facts;
    if (configured.length === 0) return;
    for (const identity of facts.known()) this.#each(identity, (source) => source.expect(identity));
  }

  /**
   * Notes a heartbeat that arrived at a time, with the wall clock of now. One from the past counts from
   * when it was sent. Returns whether a critical source has sent.
   */
  received(heartbeat: Heartbeat, arrivalMs: number, wallMs: number): boolean {
    let isCritical = false;
    let heardMs: number | undefined;
    this.#each(heartbeat, (source) => {
      heardMs ??= arrivalMs - this.#ageMs(heartbeat, wallMs);
      if (source.received(heartbeat, heardMs)) isCritical = true;
    });
    return isCritical;
  }

  facts(): SourceFact[] {
    return this.#sources.map((source) =>
      source.fact((identity) => this.#facts.isExpected(identity)),
    );
  }

  #ageMs(heartbeat: Heartbeat, wallMs: number): number {
    const { timestampMs, receivedAtMs, clockOffsetMs } = heartbeat;
    const offsetMs = clockOffsetMs ?? this.#facts.clockOffsetMs(heartbeat);
    return Math.max(0, wallMs - Math.min(timestampMs + offsetMs, receivedAtMs));
  }

  #each(identity: Identity, visit: (source: Source) => void): void {
    if (this.#others.has(identity.name)) return;
    let matchesName = false;
    for (const source of this.#sources) {
      if (!source.isName(identity.name)) continue;
      matchesName = true;
      if (source.matches(identity)) visit(source);
    }
    if (matchesName) return;
    if (this.#others.size >= maxNames) this.#others.clear();
    this.#others.add(identity.name);
  }
}

class Source {
  readonly #config: SourceConfig;
  readonly #instances = new Map<string, Instance>();
  readonly isName: (name: string) => boolean;
  readonly matches: (identity: Identity) => boolean;

  constructor(config: SourceConfig) {
    const isVersion = createGlob(config.version);
    const isInstance = createGlob(config.instance);
    this.#config = config;
    this.isName = createGlob(config.name);
    this.matches = ({ version, instance }) => isVersion(version) && isInstance(instance);
  }

  expect({ name, version, instance }: Identity): void {
    const identity = { name, version, instance };
    this.#instances.set(identityKey(identity), { identity, heardMs: undefined });
  }

  /** Returns whether this is news of a critical source: a heartbeat later than its last one. */
  received({ name, version, instance, status }: Heartbeat, heardMs: number): boolean {
    const identity = { name, version, instance };
    const key = identityKey(identity);
    const known = this.#instances.get(key);
    if (known?.heardMs !== undefined && heardMs < known.heardMs) return false;
    if (status === 'stopping') {
      this.#instances.delete(key);
      return false;
    }
    if (known) known.heardMs = heardMs;
    else this.#instances.set(key, { identity, heardMs });
    return this.#config.critical;
  }

  /** Instances that are no longer expected are dropped when they are stale. */
  fact(isExpected: (identity: Identity) => boolean): SourceFact {
    const { name, version, instance, critical, within } = this.#config;
    return {
      pattern: `${name}/${version}/${instance}`,
      isCritical: critical,
      withinMs: within * 1_000,
      oldest: this.#oldest(isExpected),
    };
  }

  #oldest(isExpected: (identity: Identity) => boolean): Instance | undefined {
    for (;;) {
      let oldest: Instance | undefined;
      for (const instance of this.#instances.values()) {
        if (oldest === undefined || heardOf(instance) < heardOf(oldest)) oldest = instance;
      }
      if (oldest === undefined || isExpected(oldest.identity)) return oldest;
      this.#instances.delete(identityKey(oldest.identity));
    }
  }
}

const heardOf = ({ heardMs }: Instance): number => heardMs ?? Number.NEGATIVE_INFINITY;
