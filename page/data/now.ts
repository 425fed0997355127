import { createStore } from './store.ts';

/** Epoch milliseconds by the clock of the service, as of a few seconds ago. */
export const now = createStore(Date.now());

let aheadMs = 0;

/** Milliseconds by the clock of the service, which may differ from that of this machine. */
export const serviceNow = (): number => Date.now() + aheadMs;

export function setServiceTime(ms: number): void {
  aheadMs = ms - Date.now();
  now.set(ms);
}

setInterval(() => now.set(serviceNow()), 5_000);
