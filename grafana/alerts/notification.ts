import { placeholder } from '../queries/placeholder.ts';
import type { ContactPointFile, MuteTimeFile, PolicyFile } from '../schema/alerting.ts';
import type { AlertmanagerFile } from '../schema/prometheus.ts';

/** Who is told of alerts, when, and how often: in Grafana, and the same in Alertmanager. */
const receiver = 'heartbeat-operators';
const groupBy = ['alertname', 'name'];
const pace = { group_wait: '30s', group_interval: '5m', repeat_interval: '4h' } as const;
const urgent = '1h';

/** A window in which warnings wait until it is over. Critical alerts know no windows. */
const maintenance = {
  name: 'heartbeat-maintenance',
  time_intervals: [{ times: [{ start_time: '02:00', end_time: '04:00' }], weekdays: ['sunday'] }],
};

export const contactPoints: ContactPointFile = {
  apiVersion: 1,
  contactPoints: [
    {
      orgId: 1,
      name: receiver,
      receivers: [
        {
          uid: 'heartbeat-operators-mail',
          type: 'email',
          disableResolveMessage: false,
          settings: { addresses: placeholder('HEARTBEAT_ALERT_ADDRESSES'), singleEmail: true },
        },
      ],
    },
  ],
};

/** Takes the place of all policies of the organisation. */
export const policies: PolicyFile = {
  apiVersion: 1,
  policies: [
    {
      orgId: 1,
      receiver,
      group_by: ['grafana_folder', ...groupBy],
      ...pace,
      routes: [
        { receiver, object_matchers: [['severity', '=', 'critical']], repeat_interval: urgent },
        {
          receiver,
          object_matchers: [['severity', '=', 'warning']],
          mute_time_intervals: [maintenance.name],
        },
      ],
    },
  ],
};

export const muteTimes: MuteTimeFile = {
  apiVersion: 1,
  muteTimes: [{ orgId: 1, ...maintenance }],
};

/** For those who let Prometheus evaluate the rules. The names of hosts are those of the compose file. */
export const alertmanager: AlertmanagerFile = {
  global: {
    smtp_smarthost: 'mail:1025',
    smtp_from: 'ge-heartbeat@localhost',
    smtp_require_tls: false,
  },
  route: {
    receiver,
    group_by: groupBy,
    ...pace,
    routes: [
      { matchers: ['severity="critical"'], repeat_interval: urgent },
      { matchers: ['severity="warning"'], mute_time_intervals: [maintenance.name] },
    ],
  },
  receivers: [
    { name: receiver, email_configs: [{ to: 'operators@localhost', send_resolved: true }] },
  ],
  inhibit_rules: [
    // What says more keeps quiet what says less.
    {
      source_matchers: ['alertname="HeartbeatComponentDown"'],
      target_matchers: ['alertname="HeartbeatInstanceDown"'],
      equal: ['name', 'version'],
    },
    {
      source_matchers: ['alertname=~"HeartbeatComponentDown|HeartbeatInstanceDown"'],
      target_matchers: ['alertname="HeartbeatInstanceCountDropped"'],
      equal: ['name'],
    },
    {
      source_matchers: ['alertname="HeartbeatMassOutage"'],
      target_matchers: [
        'alertname=~"HeartbeatInstanceDown|HeartbeatInstanceCountDropped|HeartbeatComponentDown"',
      ],
      equal: [],
    },
    {
      source_matchers: ['alertname="HeartbeatTargetDown"'],
      target_matchers: ['alertname="HeartbeatNoneReceived"'],
      equal: [],
    },
  ],
  time_intervals: [maintenance],
};
