import { createAddressOf } from '../../service/access/client-address.ts';
import { createGate, type Gate } from '../../service/access/gate.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';

/** Lets everybody in, as a service without tokens does. */
export const openGate: Gate = createGate({
  credentials: undefined,
  limits: { callerRequestsPerSecond: 0, addressRequestsPerSecond: 0, burstSeconds: 1 },
  addressOf: createAddressOf([]),
  clock: systemClock,
  metrics: createMetrics(),
  stopping: new AbortController().signal,
});
