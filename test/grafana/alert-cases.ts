/**
 * What each alert has to make of some series: when it fires, with which labels and which number in
 * its words, and when it does not. A series is `name{labels}` with promtool's notation of values
 * (`1x10` is one and ten times more, `_` is none), a value each 20 seconds.
 */
export type Case = {
  readonly title: string;
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** The labels of what fires, beside those of every alert, and its number as it is written. */
  readonly fires: readonly (Readonly<Record<string, string>> & { readonly value?: string })[];
};

const target = 'job="ge-heartbeat", instance="h:8080"';
const at = { job: 'ge-heartbeat', instance: 'h:8080' };
const orion = `{${target}, name="Orion", version="1.0"}`;
const orionAt = { ...at, name: 'Orion', version: '1.0' };
const monasca = `{${target}, destination="monasca"}`;
const stream = `{${target}, stream="heartbeats"}`;
const bare = `{${target}}`;
const none: Case['fires'] = [];

export const alertCases: Readonly<Record<string, readonly Case[]>> = {
  HeartbeatExpectedComponentMissing: [
    {
      title: 'none was active for two minutes',
      series: { [`ge_heartbeat_expected_active_instances${orion}`]: '1 0x20' },
      at: '3m',
      fires: [orionAt],
    },
    {
      title: 'one came back in time',
      series: { [`ge_heartbeat_expected_active_instances${orion}`]: '1 0x4 1x20' },
      at: '4m',
      fires: none,
    },
  ],
  HeartbeatComponentDown: [
    {
      title: 'the last one died',
      series: {
        [`ge_heartbeat_active_instances${orion}`]: '1 0x20',
        [`ge_heartbeat_down_instances${orion}`]: '0 1x20',
      },
      at: '2m',
      fires: [orionAt],
    },
    {
      title: 'all said goodbye, or one is left',
      series: {
        [`ge_heartbeat_active_instances${orion}`]: '0x20',
        [`ge_heartbeat_down_instances${orion}`]: '0x20',
        [`ge_heartbeat_active_instances{${target}, name="Cygnus", version="1.0"}`]: '1x20',
        [`ge_heartbeat_down_instances{${target}, name="Cygnus", version="1.0"}`]: '2x20',
      },
      at: '4m',
      fires: none,
    },
  ],
  HeartbeatInstanceDown: [
    {
      title: 'two are down for a minute',
      series: { [`ge_heartbeat_down_instances${orion}`]: '0 2x20' },
      at: '2m',
      fires: [{ ...orionAt, value: '2' }],
    },
    {
      title: 'one was down for a moment',
      series: { [`ge_heartbeat_down_instances${orion}`]: '0 1 1 0x20' },
      at: '2m',
      fires: none,
    },
  ],
  HeartbeatInstanceCountDropped: [
    {
      title: 'half of four are gone, whatever their versions',
      series: {
        [`ge_heartbeat_active_instances${orion}`]: '2x300',
        [`ge_heartbeat_active_instances{${target}, name="Orion", version="2.0"}`]: '2x180 0x120',
      },
      at: '70m',
      fires: [{ job: 'ge-heartbeat', name: 'Orion', value: '2' }],
    },
    {
      title: 'a new version has taken the place of the old one',
      series: {
        [`ge_heartbeat_active_instances${orion}`]: '4x180 0x120',
        [`ge_heartbeat_active_instances{${target}, name="Orion", version="2.0"}`]: '0x180 4x120',
      },
      at: '70m',
      fires: none,
    },
  ],
  HeartbeatMassOutage: [
    {
      title: 'a storm of a minute is seen for some minutes',
      series: { [`heartbeat_mass_outage${bare}`]: '0x3 1x3 0x20' },
      at: '5m',
      fires: [at],
    },
    {
      title: 'there was none',
      series: { [`heartbeat_mass_outage${bare}`]: '0x20' },
      at: '5m',
      fires: none,
    },
  ],
  HeartbeatNoneReceived: [
    {
      title: 'the counter stands still',
      series: { [`heartbeat_accepted_total{${target}, profile="native"}`]: '7x60' },
      at: '15m',
      fires: [{ job: 'ge-heartbeat' }],
    },
    {
      title: 'there is no such metric',
      series: { [`other${bare}`]: '1x60' },
      at: '5m',
      fires: [{}],
    },
    {
      title: 'one of two protocols is used',
      series: {
        [`heartbeat_accepted_total{${target}, profile="native"}`]: '0x60',
        [`heartbeat_accepted_total{${target}, profile="ge"}`]: '0+1x60',
      },
      at: '15m',
      fires: none,
    },
  ],
  HeartbeatTargetDown: [
    {
      title: 'the scrape fails',
      series: { [`up${bare}`]: '1 0x10' },
      at: '2m',
      fires: [at],
    },
    {
      title: 'there is no such target',
      series: { 'up{job="other", instance="o:1"}': '1x10' },
      at: '2m',
      fires: [{ job: 'ge-heartbeat' }],
    },
    { title: 'one scrape failed', series: { [`up${bare}`]: '1 0 1x10' }, at: '2m', fires: none },
  ],
  HeartbeatNotLooking: [
    {
      title: 'passes do not come to an end',
      series: { [`heartbeat_evaluation_age_seconds${bare}`]: '1x2 20+20x20' },
      at: '5m20s',
      fires: [{ ...at, value: '4m 40s' }],
    },
    {
      title: 'they take some seconds',
      series: { [`heartbeat_evaluation_age_seconds${bare}`]: '1 5 3 8 1x20' },
      at: '5m',
      fires: none,
    },
  ],
  HeartbeatDeliveryFailing: [
    {
      title: 'it fails for more than five minutes',
      series: { [`heartbeat_destination_up${monasca}`]: '1 0x20' },
      at: '6m',
      fires: [{ ...at, destination: 'monasca' }],
    },
    {
      title: 'it works now and then, and a notifier fails',
      series: {
        [`heartbeat_destination_up${monasca}`]: '1 0x10 1 0x10',
        [`heartbeat_destination_up{${target}, destination="notifier.ops"}`]: '0x30',
      },
      at: '6m',
      fires: none,
    },
  ],
  HeartbeatBacklogAgeing: [
    {
      title: 'the oldest waits for longer and longer',
      series: { [`heartbeat_outbox_oldest_age_seconds${stream}`]: '600+20x60' },
      at: '10m',
      fires: [{ ...at, stream: 'heartbeats', value: '20m 0s' }],
    },
    {
      title: 'it is brought down again',
      series: { [`heartbeat_outbox_oldest_age_seconds${stream}`]: '700x10 20x60' },
      at: '10m',
      fires: none,
    },
  ],
  HeartbeatOutboxNearlyFull: [
    {
      title: 'nine of ten wait',
      series: {
        [`heartbeat_outbox_records${stream}`]: '90x20',
        [`heartbeat_outbox_limit_records${bare}`]: '100x20',
      },
      at: '2m',
      fires: [{ ...at, value: '90%' }],
    },
    {
      title: 'half of them wait',
      series: {
        [`heartbeat_outbox_records${stream}`]: '50x20',
        [`heartbeat_outbox_limit_records${bare}`]: '100x20',
      },
      at: '2m',
      fires: none,
    },
  ],
  HeartbeatTokenRefreshFailing: [
    {
      title: 'logins fail',
      series: { [`heartbeat_keystone_login_failing${bare}`]: '0 1x30' },
      at: '6m',
      fires: [at],
    },
    {
      title: 'one failed',
      series: { [`heartbeat_keystone_login_failing${bare}`]: '0 1x10 0x30' },
      at: '6m',
      fires: none,
    },
  ],
  HeartbeatNotifierFailing: [
    {
      title: 'one of two fails',
      series: {
        [`heartbeat_destination_up{${target}, destination="notifier.ops"}`]: '1 0x30',
        [`heartbeat_destination_up{${target}, destination="notifier.mail"}`]: '1x30',
      },
      at: '6m',
      fires: [{ ...at, destination: 'notifier.ops' }],
    },
    {
      title: 'Monasca fails',
      series: { [`heartbeat_destination_up${monasca}`]: '0x30' },
      at: '6m',
      fires: none,
    },
  ],
};
