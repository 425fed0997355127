import type { CloudEvent } from '../../service/contract/cloud-event.ts';
import { eventKinds } from '../../service/contract/event.ts';
import { loadSession } from './access.ts';
import { applyStates, loadOverview, type Range, type SentStates } from './overview.ts';
import { api, RequestFailure, textOf } from './request.ts';
import { needsSignIn } from './session.ts';
import { createStore } from './store.ts';

/** State of the connection to the service. */
export type Connection =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** What the page displays is that of a time in the past. */
  | { readonly kind: 'stale'; readonly sinceMs: number; readonly reason: string };

export const connection = createStore<Connection>({ kind: 'connecting' });

/** The newest events, newest first. */
export const recentEvents = createStore<readonly CloudEvent[]>([]);

const maxRecent = 200;
const retryMs = 1_000;
/** The service sends a frame every 15 s at least. */
const quietMs = 40_000;

/**
 * Follows the service: first a snapshot of all components, then the stream of events and states from
 * there on. After an interruption it continues behind the last event, so none is missing, and reads
 * the snapshot again for the time in between.
 */
class Live {
  #range: Range = '24h';
  #source: EventSource | undefined;
  #lastId: string | undefined;
  #snapshotTime = '';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;

  start(range: Range): void {
    this.#range = range;
    void this.#connect();
  }

  /** Reads the snapshot of another period; the stream goes on. */
  async setRange(range: Range): Promise<void> {
    if (range === this.#range) return;
    this.#range = range;
    await this.#load().catch((error: unknown) => this.#fail(textOf(error)));
  }

  stop(): void {
    this.#attempt += 1;
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
  }

  /** Connects again without waiting. */
  reconnect(): void {
    void this.#connect();
  }

  async #load(): Promise<void> {
    const { position, time } = await loadOverview(this.#range);
    this.#snapshotTime = time;
    this.#lastId ??= position;
  }

  async #connect(): Promise<void> {
    this.stop();
    const attempt = this.#attempt;
    try {
      await this.#load();
      if (attempt === this.#attempt) this.#follow();
    } catch (error) {
      if (attempt !== this.#attempt || needsSignIn.get()) return;
      this.#fail(textOf(error), error instanceof RequestFailure && error.status === 403);
    }
  }

  #follow(): void {
    const position =
      this.#lastId === undefined ? { from: this.#snapshotTime } : { lastEventId: this.#lastId };
    const source = new EventSource(api('events/stream', { states: true, ...position }));
    this.#source = source;
    const received = (message: MessageEvent<string>) => {
      if (message.lastEventId !== '') this.#lastId = message.lastEventId;
      this.#expectMore();
    };
    source.addEventListener('open', () => {
      connection.set({ kind: 'live' });
      this.#expectMore();
    });
    source.addEventListener('error', () => void this.#interrupted());
    source.addEventListener('alive', received);
    source.addEventListener('states', (message) => {
      received(message);
      const changed: SentStates[] = JSON.parse(message.data);
      applyStates(changed);
    });
    for (const kind of eventKinds) {
      source.addEventListener(kind, (message) => {
        received(message);
        addEvent(JSON.parse(message.data));
      });
    }
  }

  #expectMore(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#interrupted(), quietMs);
  }

  /** A session may have ended, which only a request of its own can detect. */
  async #interrupted(): Promise<void> {
    this.stop();
    this.#fail('The connection to the service is interrupted.');
    await loadSession().catch(() => undefined);
    if (needsSignIn.get()) this.stop();
  }

  #fail(reason: string, isFinal = false): void {
    const before = connection.get();
    const sinceMs = before.kind === 'stale' ? before.sinceMs : Date.now();
    connection.set({ kind: 'stale', sinceMs, reason });
    clearTimeout(this.#timer);
    if (!isFinal) this.#timer = setTimeout(() => void this.#connect(), retryMs);
  }
}

export const live = new Live();

/** Functions that receive each event once, in the order of the log. */
const listeners = new Set<(event: CloudEvent) => void>();

export function onEvent(listener: (event: CloudEvent) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function addEvent(event: CloudEvent): void {
  const events = recentEvents.get();
  if (events.some(({ id }) => id === event.id)) return;
  recentEvents.set([event, ...events].slice(0, maxRecent));
  for (const listener of listeners) listener(event);
}

/** Adds events of the past to the newest ones. */
export function addPastEvents(past: readonly CloudEvent[]): void {
  const known = new Set(recentEvents.get().map(({ id }) => id));
  const all = [...recentEvents.get(), ...past.filter(({ id }) => !known.has(id))];
  recentEvents.set(all.sort((a, b) => (a.id < b.id ? 1 : -1)).slice(0, maxRecent));
}
