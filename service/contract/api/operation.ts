import { z } from 'zod';
import type { ProblemCode } from '../problem.ts';

/** What a caller has to be allowed to do; `none`: whoever reaches the service may ask. */
export const scopes = ['none', 'ingest', 'read', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** What operations are about, in the order in which the reference shows them. */
export const operationTags = {
  heartbeats: 'The way in: I am alive.',
  instances: 'Who is known, and how each of them is.',
  periods: 'Who was active when.',
  events: 'What happened.',
  silences: 'Times in which nobody wants to be told.',
  delivery: 'What goes to Monasca and to notifiers, and what they refused.',
  parameters: 'What can be changed while the service runs.',
  access: 'Who may do what.',
  health: 'How the service itself is.',
  documents: 'This interface, described.',
} as const;
export type OperationTag = keyof typeof operationTags;

/**
 * What a caller reads of an operation in the OpenAPI document. Tests call every operation and hold
 * its replies to this, so it is no place for wishes.
 */
export type Operation = {
  readonly tag: OperationTag;
  /** One line without a full stop. */
  readonly summary: string;
  /** More, in Markdown, where the summary does not say all. */
  readonly description?: string;
  /** Of the parts of the path that begin with a colon, by name. */
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly query?: readonly DocumentedParameter[];
  readonly requestHeaders?: readonly DocumentedParameter[];
  readonly body?: Content & { readonly isOptional?: true };
  /** By status; those that are problems follow from `problems`. */
  readonly answers: Readonly<Record<number, Content>>;
  /** Where someone else's answer is handed on: whatever else there may be, under any status. */
  readonly handedOn?: Content;
  /** Apart from those that every operation may answer with, or every one of its scope. */
  readonly problems: readonly ProblemCode[];
  /** Where a protocol words its problems as plain text. */
  readonly problemsAre?: 'text/plain';
};

export type DocumentedParameter = {
  readonly name: string;
  readonly description: string;
  readonly schema: z.ZodType;
  readonly isRequired?: true;
  /** May come several times, or hold several values with commas between. */
  readonly isList?: true;
};

/** A body: what it is, and its schema in each of the media types in which it comes. */
export type Content = {
  readonly description: string;
  readonly content: Readonly<Record<string, z.ZodType>>;
  /** As it is written in the first of the media types. */
  readonly example?: unknown;
};

/** A JSON body. */
export const json = (description: string, schema: z.ZodType, example?: unknown): Content => ({
  description,
  content: { 'application/json': schema },
  ...(example === undefined ? {} : { example }),
});

export const plainText = (description: string, mediaType = 'text/plain'): Content => ({
  description,
  content: { [mediaType]: z.string() },
});

export const noContent = (description: string): Content => ({ description, content: {} });
