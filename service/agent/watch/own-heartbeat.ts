import type { AgentSettings } from '../config/settings.ts';
import type { AgentHeartbeat } from '../heartbeat.ts';
import { line } from '../probes/probe.ts';
import type { WatchCounts } from './watches.ts';

/**
 * The agent's own heartbeat. Probes that fail themselves make the agent not OK, and not the instances
 * that they check.
 */
export function ownHeartbeat(
  { name, version, instance, intervalSeconds }: AgentSettings['self'],
  { probes, ok, notOk, unknown }: WatchCounts,
  { waiting, dropped }: { waiting: number; dropped: number },
  nowMs: number,
): AgentHeartbeat {
  const counts = { probes, ok, notOk, unknown: unknown.length, waiting, dropped };
  const meta = Object.fromEntries(Object.entries(counts).map(([key, n]) => [key, String(n)]));
  const heartbeat = { name, version, instance, timestamp: nowMs, interval: intervalSeconds, meta };
  const [first] = unknown;
  if (!first) return heartbeat;
  const others = unknown.length === 1 ? '' : ` and ${unknown.length - 1} more`;
  const message = line(`unknown: ${first.name} (${first.message})${others}`);
  return { ...heartbeat, status: 'not_ok', message };
}
