import type { RecordField } from '../../../contract/records/log-record.ts';

/** What a frame says, before it has an identity. */
export type RecordCandidate = {
  readonly message: string;
  readonly level: number;
  readonly createdAtMs?: number;
  readonly logger?: string;
  readonly exception?: string;
  readonly stack?: string;
  /** All fields by their names, those of nested objects with dots between. */
  readonly fields: Readonly<Record<string, RecordField>>;
  readonly hops?: readonly string[];
};

/** Level of a number as Python has it, or of a name; info for what is neither. */
export function levelOf(given: RecordField | undefined): number {
  if (typeof given === 'number' && Number.isFinite(given)) {
    return Math.min(100, Math.max(0, Math.trunc(given)));
  }
  return levels[String(given ?? '').toLowerCase()] ?? 20;
}

const levels: Readonly<Record<string, number>> = {
  ...{ trace: 5, notset: 0, debug: 10, fine: 10, info: 20, information: 20, notice: 25 },
  ...{ warn: 30, warning: 30, error: 40, err: 40, severe: 40 },
  ...{ critical: 50, crit: 50, fatal: 50, alert: 50, emergency: 50, emerg: 50, panic: 50 },
};
