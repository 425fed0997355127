import { type Authorizer, createAuthorizer } from '../../service/access/authorizer.ts';
import { createAddressOf } from '../../service/access/client-address.ts';
import { systemClock } from '../../service/runtime/clock.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';

/** Allows every request, as a service without tokens does. */
export const openAuthorizer: Authorizer = createAuthorizer(
  {
    known: undefined,
    limits: { callerRequestsPerSecond: 0, addressRequestsPerSecond: 0, burstSeconds: 1 },
    addressOf: createAddressOf([]),
    stopping: new AbortController().signal,
  },
  { clock: systemClock, metrics: createMetrics() },
);
