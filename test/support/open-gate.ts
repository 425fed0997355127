import { createGate, type Gate } from '../../service/http/access/gate.ts';
import { createMetrics } from '../../service/runtime/metrics.ts';

/** Lets everybody in, as a service without tokens does. */
export const openGate: Gate = createGate({ credentials: undefined, metrics: createMetrics() });
