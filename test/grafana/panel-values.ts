/**
 * A service in which every series has a value of its own, so that a panel which shows another series
 * shows another number. Gauges have the number itself, counters that number a second.
 */
export const gauges: Readonly<Record<string, number>> = {
  'ge_heartbeat_active_instances{name="Orion", version="1.0"}': 3,
  'ge_heartbeat_active_instances{name="Orion", version="2.0"}': 4,
  'ge_heartbeat_active_instances{name="Cygnus", version="1.0"}': 0,
  'ge_heartbeat_down_instances{name="Orion", version="1.0"}': 11,
  'ge_heartbeat_down_instances{name="Orion", version="2.0"}': 0,
  'ge_heartbeat_down_instances{name="Cygnus", version="1.0"}': 17,
  'ge_heartbeat_instance_state{name="Orion", version="1.0", instance_id="a"}': 2,
  'ge_heartbeat_instance_beat_age_seconds{name="Orion", version="1.0", instance_id="a"}': 43,
  'heartbeat_instances{state="up"}': 19,
  'heartbeat_instances{state="late"}': 23,
  'heartbeat_instances{state="down"}': 29,
  'heartbeat_instances{state="retired"}': 31,
  'heartbeat_oldest_beat_age_seconds{}': 37,
  'heartbeat_not_ok_instances{}': 233,
  'up{}': 0,
  'heartbeat_outbox_records{stream="heartbeats"}': 200,
  'heartbeat_outbox_limit_records{}': 1_000,
  'heartbeat_outbox_oldest_age_seconds{stream="heartbeats"}': 79,
  'heartbeat_disk_free_bytes{}': 83,
  'heartbeat_destination_up{destination="monasca"}': 0,
  'heartbeat_destination_up{destination="notifier.ops"}': 1,
  'heartbeat_dead_letters{destination="monasca"}': 103,
  'heartbeat_dead_letters{destination="notifier.ops"}': 107,
  'heartbeat_keystone_token_expiry_seconds{}': 109,
  'heartbeat_destination_behind_records{destination="monasca"}': 131,
  'heartbeat_destination_behind_records{destination="notifier.ops"}': 137,
  'heartbeat_amqp_consumers{connection="intake", state="running"}': 211,
  'heartbeat_amqp_consumers{connection="intake", state="waiting"}': 223,
  'heartbeat_relay_open{relay="dome"}': 1,
  'heartbeat_relay_missing_sources{relay="dome"}': 239,
  'heartbeat_relay_bypassed{relay="dome"}': 0,
  'heartbeat_evaluation_age_seconds{}': 149,
  'heartbeat_evaluation_seconds{}': 151,
  'heartbeat_evaluation_lag_seconds{}': 157,
  'heartbeat_hidden_components{}': 163,
  'heartbeat_hidden_active_instances{}': 167,
  'process_resident_memory_bytes{}': 179,
  'nodejs_heap_size_used_bytes{}': 181,
  'nodejs_external_memory_bytes{}': 191,
  'nodejs_eventloop_lag_p50_seconds{}': 193,
  'nodejs_eventloop_lag_p99_seconds{}': 197,
};

export const counters: Readonly<Record<string, number>> = {
  'heartbeat_events_total{kind="down"}': 41,
  'heartbeat_events_total{kind="late"}': 0,
  'heartbeat_between_beats_seconds_bucket{le="10"}': 2,
  'heartbeat_between_beats_seconds_bucket{le="+Inf"}': 5,
  'heartbeat_accepted_total{profile="native"}': 47,
  'heartbeat_accepted_total{profile="ge"}': 2,
  'heartbeat_rejected_total{reason="invalid"}': 53,
  'heartbeat_rejected_total{reason="malformed"}': 0,
  'heartbeat_clock_skew_total{profile="native"}': 59,
  'heartbeat_received_total{profile="native"}': 61,
  'heartbeat_received_total{profile="ge"}': 67,
  'heartbeat_http_requests_total{status="2xx"}': 71,
  'heartbeat_http_requests_total{status="5xx"}': 73,
  'heartbeat_store_commit_seconds_bucket{le="0.25"}': 0,
  'heartbeat_store_commit_seconds_bucket{le="0.75"}': 1,
  'heartbeat_store_commit_seconds_bucket{le="+Inf"}': 1,
  'heartbeat_delivery_attempt_seconds_bucket{destination="monasca", le="1"}': 0,
  'heartbeat_delivery_attempt_seconds_bucket{destination="monasca", le="2"}': 1,
  'heartbeat_delivery_attempt_seconds_bucket{destination="monasca", le="+Inf"}': 1,
  'heartbeat_delivered_records_total{destination="monasca"}': 89,
  'heartbeat_delivered_records_total{destination="notifier.ops"}': 97,
  'heartbeat_delivery_failures_total{destination="monasca", reason="timeout"}': 101,
  'heartbeat_keystone_logins_total{result="success"}': 113,
  'heartbeat_keystone_logins_total{result="refused"}': 127,
  'heartbeat_blind_seconds_total{cause="stall"}': 139,
  'heartbeat_amqp_messages_total{connection="intake", result="acknowledged"}': 227,
  'heartbeat_amqp_published_total{connection="intake", result="confirmed"}': 229,
  'heartbeat_relay_emissions_total{relay="dome", result="success"}': 241,
  'process_cpu_seconds_total{}': 173,
  'nodejs_gc_duration_seconds_sum{kind="minor"}': 199,
};

const target = 'job="ge-heartbeat", instance="h:8080"';
const [orion1, orion2] = ['{name="Orion", version="1.0"}', '{name="Orion", version="2.0"}'];
const cygnus = '{name="Cygnus", version="1.0"}';
const monasca = '{destination="monasca"}';
const ops = '{destination="notifier.ops"}';

type Values = Readonly<Record<string, number>>;
/** A single value without labels. */
const one = (value: number): Values => ({ '{}': value });
const active: Values = { [orion1]: 3, [orion2]: 4, [cygnus]: 0 };
const instance = `{name="Orion", version="1.0", instance_id="a"}`;

/** Values of each query by the place of the query, with the labels of its series. */
export const panelValues: Readonly<Record<string, Values>> = {
  'heartbeat-overview: Active instances A': one(7),
  'heartbeat-overview: Generic Enablers A': one(1),
  'heartbeat-overview: Versions A': one(2),
  'heartbeat-overview: Late A': one(23),
  'heartbeat-overview: Down A': one(28),
  'heartbeat-overview: Not OK A': one(233),
  'heartbeat-overview: Oldest heartbeat A': one(37),
  'heartbeat-overview: Active instances by Generic Enabler and version A': active,
  'heartbeat-overview: Generic Enablers now A': active,
  'heartbeat-overview: Generic Enablers now B': { [orion1]: 11, [orion2]: 0, [cygnus]: 17 },
  'heartbeat-overview: Events A': { '{kind="down"}': 41 * 60 },
  'heartbeat-generic-enabler: Active now A': one(7),
  'heartbeat-generic-enabler: Maximum A': one(7),
  'heartbeat-generic-enabler: Down now A': one(28),
  'heartbeat-generic-enabler: Availability A': { '{name="Orion"}': 1, '{name="Cygnus"}': 0 },
  'heartbeat-generic-enabler: State of each instance A': { [instance]: 2 },
  'heartbeat-generic-enabler: Versions A': active,
  'heartbeat-generic-enabler: Time between heartbeats, all Generic Enablers A': {
    '{le="10"}': 2 * 60,
    '{le="+Inf"}': 5 * 60,
  },
  'heartbeat-generic-enabler: Age of the last heartbeat A': { [instance]: 43 },
  'heartbeat-pipeline: Service A': one(0),
  'heartbeat-pipeline: Heartbeats A': one(49),
  'heartbeat-pipeline: Rejected A': one(53),
  'heartbeat-pipeline: Outbox A': one(0.2),
  'heartbeat-pipeline: Delivery delay A': one(79),
  'heartbeat-pipeline: Free disk space A': one(83),
  'heartbeat-pipeline: Heartbeats by profile A': { '{profile="native"}': 61, '{profile="ge"}': 67 },
  'heartbeat-pipeline: Rejected heartbeats A': { '{reason="invalid"}': 53 },
  'heartbeat-pipeline: Rejected heartbeats B': one(59),
  'heartbeat-pipeline: HTTP responses A': { '{status="2xx"}': 71, '{status="5xx"}': 73 },
  'heartbeat-pipeline: Commit time A': one(0.5),
  'heartbeat-pipeline: Commit time B': one(0.745),
  'heartbeat-pipeline: Consumers A': {
    '{connection="intake", state="running"}': 211,
    '{connection="intake", state="waiting"}': 223,
  },
  'heartbeat-pipeline: Messages A': { '{connection="intake", result="acknowledged"}': 227 },
  'heartbeat-pipeline: Published messages A': { '{connection="intake", result="confirmed"}': 229 },
  'heartbeat-pipeline: Relays: gates A': { '{relay="dome"}': 1 },
  'heartbeat-pipeline: Relays: missing sources and bypasses A': { '{relay="dome"}': 239 },
  'heartbeat-pipeline: Relays: missing sources and bypasses B': { '{relay="dome"}': 0 },
  'heartbeat-pipeline: Relays: emissions A': { '{relay="dome", result="success"}': 241 },
  'heartbeat-pipeline: Destinations A': { [monasca]: 0, [ops]: 1 },
  'heartbeat-pipeline: Outbox records A': { '{stream="heartbeats"}': 200 },
  'heartbeat-pipeline: Age of the oldest record A': { '{stream="heartbeats"}': 79 },
  'heartbeat-pipeline: Delivered A': { [monasca]: 89, [ops]: 97 },
  'heartbeat-pipeline: Failed attempts A': { '{destination="monasca", reason="timeout"}': 101 },
  'heartbeat-pipeline: Duration of an attempt A': { [monasca]: 1.99 },
  'heartbeat-pipeline: Dead letters A': { [monasca]: 103, [ops]: 107 },
  'heartbeat-pipeline: Token lifetime A': one(109),
  'heartbeat-pipeline: Logins A': { '{result="success"}': 113, '{result="refused"}': 127 },
  'heartbeat-pipeline: Notifications A': { [ops]: 97 },
  'heartbeat-pipeline: Notification backlog A': { [ops]: 137 },
  'heartbeat-pipeline: Blind time A': { '{cause="stall"}': 139 },
  'heartbeat-pipeline: Liveness evaluation A': one(149),
  'heartbeat-pipeline: Liveness evaluation B': one(151),
  'heartbeat-pipeline: Liveness evaluation C': one(157),
  'heartbeat-pipeline: Known instances A': {
    '{state="up"}': 19,
    '{state="late"}': 23,
    '{state="down"}': 29,
    '{state="retired"}': 31,
  },
  'heartbeat-pipeline: Hidden components A': one(163),
  'heartbeat-pipeline: Hidden components B': one(167),
  'heartbeat-pipeline: CPU A': { '{instance="h:8080"}': 173 },
  'heartbeat-pipeline: Memory A': one(179),
  'heartbeat-pipeline: Memory B': one(181),
  'heartbeat-pipeline: Memory C': one(191),
  'heartbeat-pipeline: Event loop lag A': one(193),
  'heartbeat-pipeline: Event loop lag B': one(197),
  'heartbeat-pipeline: Garbage collection A': { '{kind="minor"}': 199 },
  ...Object.fromEntries(
    ['overview', 'generic-enabler', 'pipeline', 'monasca', 'analyst'].flatMap((board) => [
      [`heartbeat-${board}: annotation Restarts of the service`, { [`{${target}}`]: 1 }],
      [
        `heartbeat-${board}: annotation New versions`,
        Object.fromEntries(
          [orion1, orion2].map((labels, n) => [
            `ge_heartbeat_active_instances{${target}, ${labels.slice(1)}`,
            n + 3,
          ]),
        ),
      ],
    ]),
  ),
};

/** The series in promtool's notation, a value each 15 seconds for ten minutes. */
export function inputSeries(): { series: string; values: string }[] {
  const withTarget = (name: string) => name.replace('{', `{${target}, `).replace(', }', '}');
  return [
    ...Object.entries(gauges).map(([name, value]) => [name, `${value}x40`] as const),
    ...Object.entries(counters).map(([name, value]) => [name, `0+${value * 15}x40`] as const),
    ['process_start_time_seconds{}', '5x36 6x10'] as const,
  ].map(([name, values]) => ({ series: withTarget(name), values }));
}
