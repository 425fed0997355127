import { layOut, type Row } from '../panels/layout.ts';
import type { Annotation, Dashboard, Variable } from '../schema/dashboard.ts';
import { annotations } from './annotations.ts';

export const tag = 'heartbeat';

export type Frame = {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly from?: `now-${string}`;
  readonly refresh?: Dashboard['refresh'];
  readonly timezone?: Dashboard['timezone'];
  readonly variables: readonly Variable[];
  readonly annotations?: readonly Annotation[];
  readonly rows: readonly Row[];
};

/** What all dashboards have alike: links to each other, the crosshair, the events on the charts. */
export function dashboard(frame: Frame): Dashboard {
  const { uid, title, description, from = 'now-6h', refresh = '30s' } = frame;
  const { timezone = 'browser', variables, rows } = frame;
  return {
    id: null,
    uid,
    title,
    description,
    tags: [tag],
    schemaVersion: 42,
    editable: false,
    graphTooltip: 1,
    timezone,
    refresh,
    time: { from, to: 'now' },
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
    annotations: { list: [...(frame.annotations ?? annotations)] },
    templating: { list: [...variables] },
    panels: layOut(rows),
  };
}
