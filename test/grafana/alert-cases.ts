/**
 * Cases of each alert: when it fires on some series, with which labels and which value in its texts,
 * and when it does not fire. A series is `name{labels}` with promtool's notation of values
 * (`1x10` is one and ten times more, `_` is none), a value each 20 seconds.
 */
export type Case = {
  readonly title: string;
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  /** Labels of the alerts that fire, beside those of every alert, and the value as text. */
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
      title: 'no instance was active for two minutes',
      series: { [`ge_heartbeat_expected_active_instances${orion}`]: '1 0x20' },
      at: '3m',
      fires: [orionAt],
    },
    {
      title: 'an instance became active in time',
      series: { [`ge_heartbeat_expected_active_instances${orion}`]: '1 0x4 1x20' },
      at: '4m',
      fires: none,
    },
  ],
  HeartbeatComponentDown: [
    {
      title: 'the last instance went down',
      series: {
        [`ge_heartbeat_active_instances${orion}`]: '1 0x20',
        [`ge_heartbeat_down_instances${orion}`]: '0 1x20',
      },
      at: '2m',
      fires: [orionAt],
    },
    {
      title: 'another version has replaced it',
      series: {
        [`ge_heartbeat_active_instances${orion}`]: '1 0x20',
        [`ge_heartbeat_down_instances${orion}`]: '0 1x20',
        [`ge_heartbeat_active_instances{${target}, name="Orion", version="99"}`]: '0 1x20',
        [`ge_heartbeat_down_instances{${target}, name="Orion", version="99"}`]: '0x20',
      },
      at: '4m',
      fires: none,
    },
    {
      title: 'all instances are retired, or one is left',
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
  HeartbeatInstanceNotOk: [
    {
      title: 'three are not OK for five minutes',
      series: { [`heartbeat_not_ok_instances${bare}`]: '0 3x30' },
      at: '6m',
      fires: [{ ...at, value: '3' }],
    },
    {
      title: 'one was not OK for a minute',
      series: { [`heartbeat_not_ok_instances${bare}`]: '0 1 1 1 0x30' },
      at: '6m',
      fires: none,
    },
  ],
  HeartbeatInstanceCountDropped: [
    {
      title: 'half of four instances are missing, of any version',
      series: {
        [`ge_heartbeat_active_instances${orion}`]: '2x300',
        [`ge_heartbeat_active_instances{${target}, name="Orion", version="2.0"}`]: '2x180 0x120',
      },
      at: '70m',
      fires: [{ job: 'ge-heartbeat', name: 'Orion', value: '2' }],
    },
    {
      title: 'a new version has replaced the old one',
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
      title: 'a mass outage of a minute fires for some minutes',
      series: { [`heartbeat_mass_outage${bare}`]: '0x3 1x3 0x20' },
      at: '5m',
      fires: [at],
    },
    {
      title: 'no mass outage occurred',
      series: { [`heartbeat_mass_outage${bare}`]: '0x20' },
      at: '5m',
      fires: none,
    },
  ],
  HeartbeatNoneReceived: [
    {
      title: 'the counter does not increase',
      series: { [`heartbeat_accepted_total{${target}, profile="native"}`]: '7x60' },
      at: '15m',
      fires: [{ job: 'ge-heartbeat' }],
    },
    {
      title: 'the metric does not exist',
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
      title: 'the target does not exist',
      series: { 'up{job="other", instance="o:1"}': '1x10' },
      at: '2m',
      fires: [{ job: 'ge-heartbeat' }],
    },
    { title: 'one scrape failed', series: { [`up${bare}`]: '1 0 1x10' }, at: '2m', fires: none },
  ],
  HeartbeatEvaluationStalled: [
    {
      title: 'evaluations do not complete',
      series: { [`heartbeat_evaluation_age_seconds${bare}`]: '1x2 20+20x20' },
      at: '5m20s',
      fires: [{ ...at, value: '4m 40s' }],
    },
    {
      title: 'evaluations take some seconds',
      series: { [`heartbeat_evaluation_age_seconds${bare}`]: '1 5 3 8 1x20' },
      at: '5m',
      fires: none,
    },
  ],
  HeartbeatDeliveryFailing: [
    {
      title: 'delivery fails for more than five minutes',
      series: { [`heartbeat_destination_up${monasca}`]: '1 0x20' },
      at: '6m',
      fires: [{ ...at, destination: 'monasca' }],
    },
    {
      title: 'delivery succeeds at times, and a notifier fails',
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
      title: 'the age of the oldest record grows',
      series: { [`heartbeat_outbox_oldest_age_seconds${stream}`]: '600+20x60' },
      at: '10m',
      fires: [{ ...at, stream: 'heartbeats', value: '20m 0s' }],
    },
    {
      title: 'the age decreases again',
      series: { [`heartbeat_outbox_oldest_age_seconds${stream}`]: '700x10 20x60' },
      at: '10m',
      fires: none,
    },
  ],
  HeartbeatOutboxNearlyFull: [
    {
      title: 'the outbox is at 90 %',
      series: {
        [`heartbeat_outbox_records${stream}`]: '90x20',
        [`heartbeat_outbox_limit_records${bare}`]: '100x20',
      },
      at: '2m',
      fires: [{ ...at, value: '90%' }],
    },
    {
      title: 'the outbox is at 50 %',
      series: {
        [`heartbeat_outbox_records${stream}`]: '50x20',
        [`heartbeat_outbox_limit_records${bare}`]: '100x20',
      },
      at: '2m',
      fires: none,
    },
  ],
  HeartbeatQueueNotConsumed: [
    {
      title: 'the broker is away',
      series: {
        [`heartbeat_amqp_consumers{${target}, connection="intake", state="waiting"}`]: '0 2x20',
        [`heartbeat_amqp_consumers{${target}, connection="intake", state="running"}`]: '2 0x20',
      },
      at: '3m',
      fires: [{ ...at, connection: 'intake', state: 'waiting', value: '2' }],
    },
    {
      title: 'the broker was restarted',
      series: {
        [`heartbeat_amqp_consumers{${target}, connection="intake", state="waiting"}`]: '0 1 1 0x20',
      },
      at: '3m',
      fires: none,
    },
  ],
  HeartbeatMessagesRejected: [
    {
      title: 'one message was rejected',
      series: {
        [`heartbeat_amqp_messages_total{${target}, connection="intake", result="dead-lettered"}`]:
          '0x5 45x60',
      },
      at: '15m',
      fires: [{ ...at, connection: 'intake', result: 'dead-lettered', value: '45' }],
    },
    {
      title: 'all are acknowledged',
      series: {
        [`heartbeat_amqp_messages_total{${target}, connection="intake", result="acknowledged"}`]:
          '0+5x60',
        [`heartbeat_amqp_messages_total{${target}, connection="intake", result="dead-lettered"}`]:
          '3x60',
      },
      at: '15m',
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
  HeartbeatRedisFailing: [
    {
      title: 'the events cannot be delivered',
      series: {
        [`heartbeat_destination_up{${target}, destination="redis"}`]: '1x30',
        [`heartbeat_destination_up{${target}, destination="redis.changes"}`]: '1 0x30',
      },
      at: '6m',
      fires: [{ ...at, destination: 'redis.changes' }],
    },
    {
      title: 'another destination fails',
      series: { [`heartbeat_destination_up${monasca}`]: '0x30' },
      at: '6m',
      fires: none,
    },
  ],
};
