import type { z } from 'zod';
import type { instancePastSchema } from '../../service/contract/api/instance.ts';

/** An instance as it is now, with what a request includes of its past. */
export type InstancePast = z.infer<typeof instancePastSchema>;
