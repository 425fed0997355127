import type { Panel } from '../schema/panel.ts';
import type { Unplaced } from './style.ts';

/** Panels that ask no data source. */
type Of<Type extends Panel['type']> = Extract<Unplaced<Panel>, { type: Type }>;

type Words = { readonly id: number; readonly title: string; readonly question: string };

export const text = ({ id, title, question }: Words, content: string): Of<'text'> => ({
  type: 'text',
  id,
  title,
  description: question,
  options: { mode: 'markdown', content },
});

/** The alerts of this folder that are not well. */
export const alertList = ({ id, title, question }: Words): Of<'alertlist'> => ({
  type: 'alertlist',
  id,
  title,
  description: question,
  options: {
    viewMode: 'list',
    groupMode: 'default',
    groupBy: [],
    maxItems: 20,
    sortOrder: 3,
    dashboardAlerts: false,
    alertName: '',
    alertInstanceLabelFilter: '{service="ge-heartbeat"}',
    stateFilter: { firing: true, pending: true, noData: true, normal: false, error: true },
  },
});

export const heading = (id: number, title: string): Of<'row'> => ({
  type: 'row',
  id,
  title,
  collapsed: false,
  panels: [],
});
