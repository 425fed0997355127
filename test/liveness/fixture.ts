import { livenessSection } from '../../service/config/sections/liveness.ts';
import { maintenanceSection } from '../../service/config/sections/maintenance.ts';
import type { LivenessEvent } from '../../service/contract/event.ts';
import type { Heartbeat } from '../../service/contract/heartbeat.ts';
import type { Identity, InstanceRecord } from '../../service/contract/instance.ts';
import type { ChangeSet } from '../../service/liveness/change-queue.ts';
import { Evaluator } from '../../service/liveness/evaluator.ts';
import { createRegistry, type Registry } from '../../service/registry/registry.ts';
import type { Clock } from '../../service/runtime/clock.ts';
import { createUlids } from '../../service/runtime/ulid.ts';
import { StoreUnavailable } from '../../service/store/failure.ts';
import { createRecordedLog } from '../support/recorded-log.ts';

/** A time that a test moves; what sleeps wakes only when it is aborted. */
export function createManualTime(startMs = Date.UTC(2026, 0, 1)) {
  let monotonic = 0;
  let wall = startMs;
  let uptime = 0;
  const clock: Clock = {
    now: () => wall,
    monotonic: () => monotonic,
    sleep: (_, signal) =>
      new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
  };
  return {
    clock,
    uptimeMs: () => uptime,
    pass(ms: number) {
      monotonic += ms;
      wall += ms;
      uptime += ms;
    },
    suspend(ms: number) {
      wall += ms;
      uptime += ms;
    },
    stepWall(ms: number) {
      wall += ms;
    },
  };
}

export type Sender = Identity & {
  readonly intervalMs: number;
  /** Declares its interval. */
  readonly declares: boolean;
  /** A factor of the interval for each period. */
  readonly jitter: () => number;
  nextMs: number;
  isAlive: boolean;
};

/** What is on disk, and survives the process. */
type Disk = {
  rows: Map<number, InstanceRecord>;
  settings: Map<string, string>;
  events: LivenessEvent[];
  outbox: Heartbeat[];
  cursor: number;
};

type Life = { readonly evaluator: Evaluator; readonly registry: Registry; isOver: boolean };

const neverMs = 3_600_000;

export type FixtureOptions = {
  readonly liveness?: Readonly<Record<string, unknown>>;
  readonly maintenance?: readonly unknown[];
  /** Looks at how the registry is used. */
  readonly watched?: (registry: Registry) => Registry;
  /** An hour or more: never, as when each fails. */
  readonly checkpointEveryMs?: number;
  /** Settings that are on disk at the first start. */
  readonly saved?: Readonly<Record<string, string>>;
};

/** Senders, the service with its disk, and time: everything in memory, one thing after the other. */
export function createFixture(options: FixtureOptions = {}) {
  const { liveness = {}, checkpointEveryMs = 5_000, saved = {} } = options;
  const { watched = (registry) => registry } = options;
  let config = livenessSection.parse(liveness);
  let maintenance = maintenanceSection.parse(options.maintenance ?? []);
  const time = createManualTime();
  const createId = createUlids();
  const newId = (atMs: number) => {
    const id = createId(atMs);
    made.set(id, { atMs: nowMs, seq: applied });
    return id;
  };
  const { log, lines } = createRecordedLog();
  const disk: Disk = {
    rows: new Map(),
    settings: new Map(Object.entries(saved)),
    events: [],
    outbox: [],
    cursor: 0,
  };
  const senders: Sender[] = [];
  const made = new Map<string, { atMs: number; seq: number }>();
  let life: Life | undefined;
  let nowMs = 0;
  let nextEvaluationMs = 0;
  let nextCheckpointMs = 0;
  let periodMs = config.evaluationSeconds * 1_000;
  let isFull = false;
  let evaluations = 0;
  let applied = 0;

  function commit(registry: Registry, change: ChangeSet): void {
    if (isFull) throw new StoreUnavailable({ reason: 'full', detail: 'the disk is full' });
    for (const id of change.removed) disk.rows.delete(id);
    const dirty = registry.takeDirty(change.dirtyRows);
    for (const ref of new Set([...change.refs, ...dirty])) {
      const row = registry.record(ref);
      disk.rows.set(row.id, row);
    }
    for (const [key, value] of change.settings) {
      if (value === undefined) disk.settings.delete(key);
      else disk.settings.set(key, value);
    }
    disk.events.push(...change.events);
    if (change.isCheckpoint) disk.cursor = applied;
  }

  function start(): void {
    const registry = watched(createRegistry());
    for (const row of disk.rows.values()) registry.restore(row);
    const mine: { isOver: boolean } = { isOver: false };
    const evaluator = new Evaluator({
      config,
      logLevel: 'info',
      registry,
      clock: time.clock,
      uptimeMs: time.uptimeMs,
      saved: new Map(disk.settings),
      commit: async (change) => {
        if (mine.isOver) throw new StoreUnavailable({ reason: 'other', detail: 'killed' });
        commit(registry, change);
      },
      maintenance,
      silenceRetentionMs: 90 * 86_400_000,
      newId,
      isRejecting: () => isFull,
      onForget: () => undefined,
      onEvaluated: () => {
        evaluations += 1;
      },
      onParameters: ({ evaluationSeconds }) => {
        periodMs = evaluationSeconds * 1_000;
        nextEvaluationMs = Math.min(nextEvaluationMs, nowMs + periodMs);
      },
      log,
    });
    life = Object.assign(mine, { evaluator, registry });
    applied = disk.cursor;
    for (const heartbeat of disk.outbox.slice(disk.cursor)) evaluator.beat(heartbeat, ++applied);
    evaluator.start();
    const isCheckpointDue = applied > disk.cursor && checkpointEveryMs < neverMs;
    if (isCheckpointDue) evaluator.checkpoint().catch(() => undefined);
    nextEvaluationMs = nowMs + periodMs;
    nextCheckpointMs = nowMs + checkpointEveryMs;
  }

  function running(): Life {
    if (!life) throw new Error('the service is not running');
    return life;
  }

  /** As a crash does: nothing more is written. */
  function kill(): void {
    const { evaluator } = running();
    running().isOver = true;
    life = undefined;
    evaluator.stop().catch(() => undefined);
  }

  async function stop(): Promise<void> {
    await running().evaluator.stop();
    life = undefined;
  }

  function deliver(heartbeat: Heartbeat): boolean {
    if (!life || isFull) return false;
    disk.outbox.push(heartbeat);
    life.evaluator.beat(heartbeat, ++applied);
    return true;
  }

  /** Sends a heartbeat now; false when it was lost. */
  function send(identity: Identity, more: Partial<Heartbeat> = {}): boolean {
    const { name, version, instance } = identity;
    const receivedAtMs = time.clock.now();
    return deliver({ name, version, instance, timestampMs: receivedAtMs, receivedAtMs, ...more });
  }

  function sendDue(sender: Sender): void {
    sender.nextMs += sender.intervalMs * sender.jitter();
    const interval = sender.declares ? { intervalSeconds: sender.intervalMs / 1_000 } : {};
    send(sender, interval);
  }

  /** Lets time pass: everything happens at its moment. */
  async function run(ms: number): Promise<void> {
    const endMs = nowMs + ms;
    for (;;) {
      const alive = senders.filter(({ isAlive }) => isAlive);
      const evaluateAtMs = life ? nextEvaluationMs : Number.POSITIVE_INFINITY;
      const atMs = Math.min(endMs, evaluateAtMs, ...alive.map(({ nextMs }) => nextMs));
      time.pass(Math.max(0, atMs - nowMs));
      nowMs = Math.max(nowMs, atMs);
      for (const sender of alive) if (sender.nextMs <= nowMs) sendDue(sender);
      if (life && nextEvaluationMs <= nowMs) {
        nextEvaluationMs += periodMs;
        await life.evaluator.evaluate();
        if (nextCheckpointMs <= nowMs) {
          nextCheckpointMs += checkpointEveryMs;
          await life.evaluator.checkpoint().catch(() => undefined);
        }
      }
      if (atMs >= endMs) return;
    }
  }

  /** The kinds of a subject's events, in order. */
  function kinds(subject?: Partial<Identity>): string[] {
    return disk.events
      .filter(({ subject: of }) =>
        Object.entries(subject ?? {}).every(([key, value]) =>
          Object.entries(of ?? {}).some(([k, v]) => k === key && v === value),
        ),
      )
      .map(({ kind }) => kind);
  }

  start();
  return {
    get config() {
      return config;
    },
    time,
    disk,
    lines,
    run,
    start,
    kill,
    stop,
    send,
    kinds,
    get evaluator() {
      return running().evaluator;
    },
    get registry() {
      return running().registry;
    },
    get evaluations() {
      return evaluations;
    },
    nowMs: () => nowMs,
    /** When an event was made. */
    madeAtMs: (id: string) => made.get(id)?.atMs ?? Number.NaN,
    /** And with which heartbeat, or after which. */
    madeSeq: (id: string) => made.get(id)?.seq ?? 0,
    /** Lets reported events reach the disk. */
    flush: () => new Promise((resolve) => setImmediate(resolve)),
    /** Another configuration, from the next start on. */
    configure: (changed: Pick<FixtureOptions, 'liveness' | 'maintenance'>) => {
      if (changed.liveness) config = livenessSection.parse(changed.liveness);
      if (changed.maintenance) maintenance = maintenanceSection.parse(changed.maintenance);
    },
    fill: (full: boolean) => {
      isFull = full;
    },
    /**
     * Nothing runs for a while. Then the evaluation comes first, though the heartbeats that were sent
     * meanwhile wait.
     */
    async stall(ms: number): Promise<void> {
      time.pass(ms);
      nowMs += ms;
      await running().evaluator.evaluate();
      nextEvaluationMs = nowMs + periodMs;
      await run(0);
    },
    sender(identity: Identity, options: Partial<Sender> & { intervalMs: number }): Sender {
      const sender = {
        ...identity,
        declares: true,
        jitter: () => 1,
        nextMs: nowMs,
        isAlive: true,
        ...options,
      };
      senders.push(sender);
      return sender;
    },
  };
}

export type Fixture = ReturnType<typeof createFixture>;

export const orion = (instance: string, version = '1.0'): Identity => ({
  name: 'Orion',
  version,
  instance,
});
