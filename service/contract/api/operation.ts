import { z } from 'zod';
import type { ProblemCode } from '../problem.ts';

/** Scope that a request needs; `none`: no credential is needed. */
export const scopes = ['none', 'ingest', 'read', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Subjects of operations, in the order of the reference. */
export const operationTags = {
  heartbeats: 'Send heartbeats.',
  instances: 'List instances and their states.',
  periods: 'Query activity in past periods.',
  events: 'Query changes of state, and follow them.',
  records: 'Search the log records of programs, and follow them.',
  silences: 'Suppress notifications for a time.',
  relays: 'Relays, which send a heartbeat downstream while all critical sources are fresh.',
  delivery: 'Delivery to Monasca and to notifiers, and rejected records.',
  parameters: 'Change settings while the service runs.',
  access: 'Tokens and certificates.',
  health: 'Health and metrics of the service.',
  documents: 'Description of this API.',
} as const;
type OperationTag = keyof typeof operationTags;

/**
 * Description of an operation in the OpenAPI document. Tests call every operation and compare its
 * responses with this.
 */
export type Operation = {
  readonly tag: OperationTag;
  /** One line without a full stop. */
  readonly summary: string;
  /** Details in Markdown. */
  readonly description?: string;
  /** Descriptions of the parts of the path that begin with a colon, by name. */
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly query?: readonly DocumentedParameter[];
  readonly requestHeaders?: readonly DocumentedParameter[];
  readonly body?: Content & { readonly isOptional?: true };
  /** Responses by status; problems are added from `problems`. */
  readonly responses: Readonly<Record<number, Content>>;
  /** Response of another service that is passed on, with any status. */
  readonly passedOn?: Content;
  /** Problems besides those of every operation, and of every operation of the same scope. */
  readonly problems: readonly ProblemCode[];
  /** Present if the protocol's problems are plain text. */
  readonly problemsAre?: 'text/plain';
};

export type DocumentedParameter = {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly isRequired?: true;
  /** May be repeated, or have several values with commas between. */
  readonly isList?: true;
};

/** A body, with its schema in each of its media types. */
export type Content = {
  readonly description: string;
  readonly content: Readonly<Record<string, z.ZodType>>;
  /** Example in the first of the media types. */
  readonly example?: unknown;
};

/** A JSON body. */
export const json = (description: string, schema: z.ZodType, example?: unknown): Content => ({
  description,
  content: { 'application/json': schema },
  ...(example === undefined ? {} : { example }),
});

export const textContent = (description: string, mediaType = 'text/plain'): Content => ({
  description,
  content: { [mediaType]: z.string() },
});

export const noContent = (description: string): Content => ({ description, content: {} });
