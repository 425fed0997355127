import { layOut, type Row } from '../panels/layout.ts';
import type { Dashboard, Variable } from '../types/dashboard.ts';
import { annotations } from './annotations.ts';

const tag = 'heartbeat';

type Frame = Pick<Dashboard, 'uid' | 'title' | 'description'> &
  Partial<Pick<Dashboard, 'refresh' | 'timezone'>> & {
    readonly from?: `now-${string}`;
    readonly variables: readonly Variable[];
    readonly rows: readonly Row[];
  };

/** Adds what all dashboards share: links to each other, the crosshair, events on the charts. */
export const dashboard = (frame: Frame): Dashboard => ({
  id: null,
  uid: frame.uid,
  title: frame.title,
  description: frame.description,
  tags: [tag],
  schemaVersion: 42,
  editable: false,
  graphTooltip: 1,
  timezone: frame.timezone ?? 'browser',
  refresh: frame.refresh ?? '30s',
  time: { from: frame.from ?? 'now-6h', to: 'now' },
  links: [
    {
      type: 'dashboards',
      title: 'Heartbeat',
      tags: [tag],
      asDropdown: true,
      includeVars: true,
      keepTime: true,
      targetBlank: false,
      icon: 'external link',
      tooltip: '',
      url: '',
    },
  ],
  annotations: { list: [...annotations] },
  templating: { list: [...frame.variables] },
  panels: layOut(frame.rows),
});
