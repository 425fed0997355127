import type { ProbeSettings } from '../config/settings.ts';
import type { AgentHeartbeat } from '../heartbeat.ts';
import type { ProbeResult } from '../probes/probe.ts';

/**
 * Heartbeat that follows from the result of a check, if any. `unknown` sends none: the agent cannot
 * say that the instance lives, nor that it is not OK.
 */
export function heartbeatOf(
  { name, version, instance, intervalSeconds, notOk }: ProbeSettings,
  result: ProbeResult,
  before: ProbeResult['kind'] | undefined,
  nowMs: number,
): AgentHeartbeat | undefined {
  const heartbeat = { name, version, instance, timestamp: nowMs, interval: intervalSeconds };
  switch (result.kind) {
    case 'ok':
      return heartbeat;
    case 'unknown':
      return undefined;
    case 'not_ok': {
      const isSent = notOk === 'always' || (notOk === 'once' && before !== 'not_ok');
      return isSent ? { ...heartbeat, status: 'not_ok', message: result.message } : undefined;
    }
  }
}
