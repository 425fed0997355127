import { textContent } from '../../../contract/api/operation.ts';
import type { Route } from '../../route.ts';
import { createEventStreams, type EventStreamsOptions } from './streams.ts';

type WallRouteOptions = Omit<EventStreamsOptions, 'source'> & {
  /** Whether no token is needed. */
  readonly isPublic: boolean;
};

/** States of all components for a screen on a wall, without anything about single instances. */
export function wallRoute({ isPublic, ...options }: WallRouteOptions): Route {
  const openStream = createEventStreams({ ...options, source: '' });
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
      const filter = { kinds: [] };
      openStream(context, { filter, lastEventId: undefined, hasStates: true }, isAllowed);
    },
  };
}
