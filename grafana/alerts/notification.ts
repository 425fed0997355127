import { placeholder } from '../sources/names.ts';
import type { PolicyFile } from '../types/provisioning.ts';

/** Recipients of alerts, times and repetition: in Grafana, and the same in Alertmanager. */
const receiver = 'heartbeat-operators';
const groupBy = ['alertname', 'name'];
const timing = { group_wait: '30s', group_interval: '5m', repeat_interval: '4h' } as const;
const repeatCritical = '1h';

/** Window in which warnings are muted. Critical alerts are never muted. */
const maintenance = {
  name: 'heartbeat-maintenance',
  time_intervals: [{ times: [{ start_time: '02:00', end_time: '04:00' }], weekdays: ['sunday'] }],
};

export const contactPoints = {
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
          repeat_interval: repeatCritical,
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

export const muteTimes = {
  apiVersion: 1,
  muteTimes: [{ orgId: 1, ...maintenance }],
};

const named = ([name, ...others]: readonly string[]): string =>
  others.length === 0 ? `alertname="${name}"` : `alertname=~"${[name, ...others].join('|')}"`;

/** The wider alerts inhibit the narrower ones, where the values of the labels are equal. */
const inhibit = (wider: readonly string[], narrower: readonly string[], ...equal: string[]) => ({
  source_matchers: [named(wider)],
  target_matchers: [named(narrower)],
  equal,
});

/** Needed when Prometheus evaluates the rules. Host names are those of the compose file. */
export const alertmanager = {
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
      { matchers: ['severity="critical"'], repeat_interval: repeatCritical },
      { matchers: ['severity="warning"'], mute_time_intervals: [maintenance.name] },
    ],
  },
  receivers: [
    { name: receiver, email_configs: [{ to: 'operators@localhost', send_resolved: true }] },
  ],
  inhibit_rules: [
    inhibit(['HeartbeatComponentDown'], ['HeartbeatInstanceDown'], 'name', 'version'),
    inhibit(
      ['HeartbeatComponentDown', 'HeartbeatInstanceDown'],
      ['HeartbeatInstanceCountDropped'],
      'name',
    ),
    inhibit(
      ['HeartbeatMassOutage'],
      ['HeartbeatInstanceDown', 'HeartbeatInstanceCountDropped', 'HeartbeatComponentDown'],
    ),
    inhibit(['HeartbeatTargetDown'], ['HeartbeatNoneReceived']),
  ],
  time_intervals: [maintenance],
};
