import { textContent } from '../../contract/api/operation.ts';
import type { StateFeed } from '../../query/timeline/state-feed.ts';
import type { Route } from '../route.ts';
import { createStreams, type StreamsOptions } from './streams.ts';

type WallRouteOptions = Pick<StreamsOptions<never>, 'maxStreams' | 'stopping' | 'clock' | 'log'> & {
  readonly states: StateFeed;
  /** Whether no token is needed. */
  readonly isPublic: boolean;
};

/** States of all components for a screen on a wall, without anything about single instances. */
export function wallRoute({ isPublic, states, ...options }: WallRouteOptions): Route {
  const openStream = createStreams({
    ...options,
    ...{ feed: noEntries, format: noFormat, maxStreamsSetting: 'events.maxStreams' },
  });
  return {
    method: 'get',
    path: '/api/v1/wall',
    scope: isPublic ? 'none' : 'read',
    tag: 'instances',
    summary: 'Numbers of instances by state of all components, as server-sent events',
    description:
      'Frames with the name `states`: an array of components with their numbers of instances by ' +
      'state, first of all components, then of each that has changed. `page.publicWall` permits it ' +
      'without a token.',
    responses: { 200: textContent('States, until one side ends it.', 'text/event-stream') },
    problems: ['too-many-streams', 'stopping'],
    handle(context, { isAllowed }) {
      openStream(context, { matches: () => false, afterSeq: 0, states }, isAllowed);
    },
  };
}

/** A log without entries: the stream has states alone. */
const noEntries = {
  head: () => 0,
  read: () => ({ firstSeq: 1, records: [] }),
  onAppend: () => () => undefined,
};
const noFormat = { idOf: () => '0', nameOf: () => '', dataOf: () => undefined, beforeAll: '0' };
