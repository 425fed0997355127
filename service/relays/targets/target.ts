/**
 * Emits one heartbeat downstream. Resolves with undefined when the target has accepted it, otherwise
 * with the cause of the failure; never rejects. There is no retry: a heartbeat that is late would
 * be a wrong one. `signal` aborts when the gate is closed meanwhile, or the time limit has passed.
 */
export type EmissionTarget = {
  emit(signal: AbortSignal): Promise<string | undefined>;
  close(): void;
};
