import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { LivenessEvent } from '../../service/contract/event.ts';
import { eventRoutes } from '../../service/http/routes/events.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createLog } from '../../service/runtime/log.ts';
import type { Store } from '../../service/store/store.ts';
import { type EventSource, listenTo } from '../support/event-source.ts';
import { anEvent } from '../support/events.ts';
import { openTestStore } from '../support/open-store.ts';
import { startRoutes } from '../support/route-server.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** What may happen to a reader, one after the other; appends do not wait for what comes next. */
type Step =
  | { readonly kind: 'append'; readonly late: readonly boolean[]; readonly waits: boolean }
  | { readonly kind: 'disconnect' }
  /** The reader is cut off once it has had so many events more. */
  | { readonly kind: 'read'; readonly count: number }
  | { readonly kind: 'restart'; readonly isOrderly: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      late: fc.array(fc.boolean(), { maxLength: 150 }),
      waits: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'disconnect' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('read' as const), count: fc.nat({ max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), isOrderly: fc.boolean() }),
  },
);

/** The service as far as events go: a store on the same folder, behind a new port each time. */
async function startService(folder: string) {
  const store: Store = await openTestStore(folder);
  const stopping = new AbortController();
  const server = await startRoutes(
    eventRoutes({
      events: async () => ({ events: [] }),
      feed: store.events,
      maxStreams: 100,
      stopping: stopping.signal,
      clock: systemClock,
      log: createLog('silent'),
    }),
  );
  return {
    port: server.port,
    append: store.events.append,
    async stop(isOrderly: boolean) {
      if (isOrderly) stopping.abort();
      await server.close(isOrderly ? 10_000 : 0);
      await store.close();
    },
  };
}

/** A reader that always reconnects, and collects the events. */
function createReader(query: string) {
  const seen: string[] = [];
  let source: EventSource | undefined;
  let taken = 0;
  let position: string | undefined;

  function note(): void {
    const fresh = source?.events.slice(taken) ?? [];
    taken += fresh.length;
    seen.push(...fresh.map(({ id }) => id));
    position = source?.lastEventId() ?? position;
  }

  return {
    seen,
    async connect(port: number): Promise<void> {
      taken = 0;
      source = await listenTo(port, `/api/v1/events/stream${query}`, position);
      // Before its first frame a reader has no position to resume from.
      if (position === undefined) {
        const { frames, until } = source;
        await until(() => frames() > 0);
      }
    },
    /** Reads until it has been given so many in all. */
    async readTo(total: number): Promise<void> {
      const before = seen.length - taken;
      const { until, events } = source ?? {};
      await until?.(() => before + (events?.length ?? 0) >= total);
      note();
    },
    disconnect(): void {
      note();
      source?.disconnect();
      note();
    },
  };
}

async function play(steps: readonly Step[], onlyLate: boolean): Promise<void> {
  const folder = temporaryFolder();
  let service = await startService(folder);
  const reader = createReader(onlyLate ? '?kind=late' : '');
  const stored: LivenessEvent[] = [];
  const appends: Promise<unknown>[] = [];
  const isWanted = ({ kind }: LivenessEvent) => !onlyLate || kind === 'late';
  const owed = () => stored.filter(isWanted).map(({ id }) => id);
  await reader.connect(service.port);

  for (const one of steps) {
    switch (one.kind) {
      case 'append': {
        const events = one.late.map((isLate) => anEvent({ kind: isLate ? 'late' : 'down' }));
        const append = service.append(events).then(() => stored.push(...events));
        appends.push(append);
        if (one.waits) await append;
        break;
      }
      case 'read':
        await reader.readTo(Math.min(reader.seen.length + one.count, owed().length));
        reader.disconnect();
        await reader.connect(service.port);
        break;
      case 'disconnect':
        reader.disconnect();
        await reader.connect(service.port);
        break;
      case 'restart':
        await Promise.all(appends);
        await service.stop(one.isOrderly);
        reader.disconnect();
        service = await startService(folder);
        await reader.connect(service.port);
    }
  }
  await Promise.all(appends);
  await reader.readTo(owed().length);
  expect(reader.seen).toEqual(owed());
  await service.stop(true);
}

describe('resuming a stream of events', () => {
  it('loses nothing and repeats nothing, wherever reader and service are cut off', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.boolean(), play), {
      numRuns: 25,
    });
  }, 120_000);

  it('does so for many readers at once, while events are stored without a pause', async () => {
    const service = await startService(temporaryFolder());
    const readers = Array.from({ length: 8 }, () => createReader(''));
    for (const reader of readers) await reader.connect(service.port);
    const stored: string[] = [];
    const storing = (async () => {
      for (let n = 0; n < 300; n++) {
        const events = Array.from({ length: n % 17 }, () => anEvent());
        await service.append(events);
        stored.push(...events.map(({ id }) => id));
      }
    })();
    await Promise.all(
      readers.map(async (reader, index) => {
        for (let n = 0; n < 20; n++) {
          await reader.readTo(reader.seen.length + index * 5);
          reader.disconnect();
          await reader.connect(service.port);
        }
      }),
    );
    await storing;
    for (const reader of readers) {
      await reader.readTo(stored.length);
      expect(reader.seen).toEqual(stored);
    }
    await service.stop(true);
  });
});
