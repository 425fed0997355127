/** One line of a program's log, as it is stored. The identity is that of the instance that wrote it. */
export type LogRecord = {
  readonly name: string;
  readonly version: string;
  readonly instance: string;
  /** Time of receipt in epoch ms, which never decreases from one record to the next. */
  readonly receivedAtMs: number;
  /** Time that the sender states, in epoch ms. */
  readonly createdAtMs?: number;
  /** Severity in the numbers of Python: 10 debug, 20 info, 30 warning, 40 error, 50 critical. */
  readonly level: number;
  readonly message: string;
  /** Name of the logger. */
  readonly logger?: string;
  /** Text of an exception, and of the stack. */
  readonly exception?: string;
  readonly stack?: string;
  /** All other fields of the record, by the sender's names. */
  readonly fields?: Readonly<Record<string, RecordField>>;
  /** Ids of the services that have forwarded the record, the first one first. */
  readonly hops?: readonly string[];
};

export type RecordField = string | number | boolean | null;

/** A record with its number in the log of records. */
export type NumberedRecord = LogRecord & { readonly seq: number };

/** Limits of a record, the same for every protocol. Longer texts are cut. */
export const recordLimits = {
  messageCharacters: 1_048_576,
  fieldCharacters: 8_192,
  fields: 100,
  /** Characters of the texts that a search finds. */
  searchCharacters: 65_536,
} as const;

/** Names of levels, by the least number that has it. */
export const recordLevels = {
  debug: 10,
  info: 20,
  warning: 30,
  error: 40,
  critical: 50,
} as const;
export type RecordLevel = keyof typeof recordLevels;

export const recordLevelNames = ['debug', 'info', 'warning', 'error', 'critical'] as const;

/** Name of the greatest level that is not above the number. */
export const levelName = (level: number): RecordLevel =>
  recordLevelNames.findLast((name) => recordLevels[name] <= level) ?? 'debug';
