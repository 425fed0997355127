import { placeholder } from '../sources/names.ts';
import type {
  AlertmanagerFile,
  ContactPointFile,
  MuteTimeFile,
  PolicyFile,
  RouteTiming,
  Window,
} from '../types/provisioning.ts';

/** Recipients of alerts, times and repetition: in Grafana, and the same in Alertmanager. */
const receiver = 'heartbeat-operators';
const groupBy = ['alertname', 'name'];
const timing: RouteTiming = { group_wait: '30s', group_interval: '5m', repeat_interval: '4h' };
const criticalRepeat = '1h';

/** Window in which warnings are muted. Critical alerts are never muted. */
const maintenance: Window = {
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

/** Replaces all policies of the organisation. */
export const policies: PolicyFile = {
  apiVersion: 1,
  policies: [
    {
      orgId: 1,
      receiver,
      group_by: ['grafana_folder', ...groupBy],
      ...timing,
      routes: [
        {
          receiver,
          object_matchers: [['severity', '=', 'critical']],
          repeat_interval: criticalRepeat,
        },
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

/** Needed when Prometheus evaluates the rules. Host names are those of the compose file. */
export const alertmanager: AlertmanagerFile = {
  global: {
    smtp_smarthost: 'mail:1025',
    smtp_from: 'ge-heartbeat@localhost',
    smtp_require_tls: false,
  },
  route: {
    receiver,
    group_by: groupBy,
    ...timing,
    routes: [
      { matchers: ['severity="critical"'], repeat_interval: criticalRepeat },
      { matchers: ['severity="warning"'], mute_time_intervals: [maintenance.name] },
    ],
  },
  receivers: [
    { name: receiver, email_configs: [{ to: 'operators@localhost', send_resolved: true }] },
  ],
  inhibit_rules: [
    // The wider alert inhibits the narrower one.
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
      source_matchers: ['alertname="HeartbeatMassSilence"'],
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
