import type { Router } from '@koa/router';
import type { Context } from 'koa';
import { type RoleCheck, readers, writers } from '../access.ts';
import { selfLink } from '../links.ts';
import { notFound, unprocessable } from '../problems.ts';
import {
  integerOffsetOf,
  lenientRangeOf,
  limitOf,
  listParameter,
  parameter,
  queryOf,
} from '../query-parameters.ts';
import { addRoute, type RequestState } from '../route.ts';
import { listPage, sortedBy } from './lists.ts';

const states = ['OK', 'ALARM', 'UNDETERMINED'];

const sortable = [
  'alarm_id',
  'alarm_definition_id',
  'alarm_definition_name',
  'state',
  'severity',
  'lifecycle_state',
  'link',
  'state_updated_timestamp',
  'updated_timestamp',
  'created_timestamp',
];

const countable = [
  'alarm_definition_id',
  'name',
  'state',
  'severity',
  'link',
  'lifecycle_state',
  'metric_name',
  'dimension_name',
  'dimension_value',
];

/** The threshold engine creates alarms. The mock has none, so every list is empty. */
export function addAlarmRoutes(router: Router<RequestState>, access: RoleCheck): void {
  const addList = (path: string, list: (context: Context, query: URLSearchParams) => unknown) =>
    addRoute(router, path, {
      GET: access.allow(readers, (context) => list(context, queryOf(context))),
    });
  const alarmOf = (roles: readonly string[]) =>
    access.allow(roles, () => {
      throw notFound();
    });

  addList('/v2.0/alarms/count', (context, query) => {
    const groupBy = listParameter(query, 'group_by');
    if (groupBy.some((field) => !countable.includes(field))) {
      const fields = groupBy.join(', ');
      throw unprocessable(`One or more group-by values from [${fields}] are not in [${countable}]`);
    }
    integerOffsetOf(query);
    limitOf(query);
    const counts = [[0, ...groupBy.map(() => null)]];
    return { links: [selfLink(context)], columns: ['count', ...groupBy], counts };
  });
  addList('/v2.0/alarms/state-history', (context, query) => {
    lenientRangeOf(query);
    limitOf(query);
    return { links: [selfLink(context)], elements: [] };
  });
  addList('/v2.0/alarms', (context, query) => {
    const state = parameter(query, 'state');
    if (state !== undefined && !states.includes(state.toUpperCase())) {
      throw unprocessable(`Invalid state ${state}`);
    }
    return listPage(context, sortedBy(query, [], sortable), () => undefined);
  });
  addRoute(router, '/v2.0/alarms/:id', {
    GET: alarmOf(readers),
    PUT: alarmOf(writers),
    PATCH: alarmOf(writers),
    DELETE: alarmOf(writers),
  });
  addList('/v2.0/alarms/:id/state-history', (context) => ({
    links: [selfLink(context)],
    elements: [],
  }));
}
