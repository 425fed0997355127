import { z } from 'zod';
import { type LiveToken, revokeTokens } from '../auth/tokens.ts';
import type { Keystone } from '../keystone.ts';
import type { Collection } from '../store/collection.ts';
import type { Token } from '../store/records.ts';
import { type KeystoneState, newId } from '../store/state.ts';
import {
  authorize,
  type Exchange,
  existing,
  listReply,
  matchesQuery,
  noContent,
  type Reply,
  type Routes,
  readMember,
} from './route.ts';

type Members = Readonly<Record<string, unknown>>;

/** A record; `extra` holds the attributes that Keystone stores without knowing them. */
type Stored = { id: string; enabled?: boolean; extra?: Members };

/** What is particular about a collection of documents. */
type Definition<R extends Stored, Sent> = {
  singular: string;
  records(state: KeystoneState): Collection<R>;
  /** `domain_id` is stored as `domainId` if the record has this member, and only checked if not. */
  attributes: Attributes<Sent>;
  defaults: Members;
  /** Attributes that an update ignores. */
  fixed?: readonly string[];
  /** Attributes that null clears; null leaves the others as they are. */
  clearable?: readonly string[];
  /** Query parameters that filter the list. */
  filters: readonly string[];
  /** Members of a document beyond the attributes of the record. */
  derived?(record: R): Members;
  /** True if the reply to an update repeats the unknown attributes as `extra`. */
  repeatsExtra?: boolean;
  /** Callers besides administrators that may list (without an id) or show. */
  mayRead?(caller: LiveToken, id?: string): boolean;
  /** Checks the attributes of a new or changed record; returns further members. */
  prepare?(state: KeystoneState, sent: Sent, before?: R): Members | undefined;
  /** Tokens that `enabled: false` and a new password revoke. */
  ownsToken?(token: Token, id: string, state: KeystoneState): boolean;
  /** Checks a deletion, and deletes what depends on the record. */
  beforeDelete?(keystone: Keystone, record: R): void;
};

type Attributes<Sent> = {
  names: readonly string[];
  creation: z.ZodType<NoInfer<Sent>>;
  update: z.ZodType<Sent>;
};

/** The attributes that a client may send; an update may omit any. */
export function attributes<S extends z.ZodRawShape>(shape: S) {
  const creation = z.looseObject(shape);
  return { names: Object.keys(shape), creation, update: creation.partial() };
}

/** A collection of documents. */
export class Resource<R extends Stored, Sent extends object> {
  readonly plural: string;
  readonly #path: string;
  readonly #definition: Definition<R, Sent>;

  constructor(definition: Definition<R, Sent>) {
    this.plural = `${definition.singular}s`;
    this.#path = `/v3/${this.plural}`;
    this.#definition = definition;
  }

  /** The routes list, create, show, update and delete. */
  routes(): Routes {
    const { singular, filters, mayRead, attributes, repeatsExtra } = this.#definition;
    const path = this.#path;
    const named = ({ keystone, params }: Exchange) =>
      existing(this.records(keystone.state), singular, params['id']);
    const reply = ({ origin }: Exchange, status: number, record: R, more = {}): Reply => ({
      status,
      json: { [singular]: { ...this.document(record, origin), ...more } },
    });
    return {
      [`GET ${path}`]: (exchange) => {
        authorize(exchange, `list_${this.plural}`, (caller) => mayRead?.(caller) === true);
        const documents = this.records(exchange.keystone.state)
          .all()
          .map((record) => this.document(record, exchange.origin))
          .filter((document) => matchesQuery(exchange.query, document, filters));
        return listReply(exchange, this.plural, documents);
      },
      [`POST ${path}`]: (exchange) => {
        const sent = readMember(exchange, singular, attributes.creation);
        authorize(exchange, `create_${singular}`);
        return reply(exchange, 201, this.#store(exchange.keystone, sent));
      },
      [`GET ${path}/:id`]: (exchange) => {
        const { id } = exchange.params;
        authorize(exchange, `get_${singular}`, (caller) => mayRead?.(caller, id) === true);
        return reply(exchange, 200, named(exchange));
      },
      [`PATCH ${path}/:id`]: (exchange) => {
        authorize(exchange, `update_${singular}`);
        const before = named(exchange);
        const sent = readMember(exchange, singular, attributes.update);
        const record = this.#store(exchange.keystone, sent, before);
        return reply(exchange, 200, record, repeatsExtra && { extra: record.extra });
      },
      [`DELETE ${path}/:id`]: (exchange) => {
        authorize(exchange, `delete_${singular}`);
        this.delete(exchange.keystone, named(exchange));
        return noContent;
      },
    };
  }

  records(state: KeystoneState): Collection<R> {
    return this.#definition.records(state);
  }

  document(record: R, origin: string): Record<string, unknown> {
    const members = Object.entries(record)
      .map(([name, value]) => ({ name: snakeCase(name), value }))
      .filter(({ name }) => this.#isKnown(name))
      .map(({ name, value }) => [name, value]);
    // An unknown attribute never hides a known one.
    return {
      ...record.extra,
      ...Object.fromEntries(members),
      ...this.#definition.derived?.(record),
      id: record.id,
      links: { self: `${origin}${this.#path}/${record.id}` },
    };
  }

  /** Deletes a record and what depends on it. */
  delete(keystone: Keystone, record: R): void {
    this.#definition.beforeDelete?.(keystone, record);
    this.records(keystone.state).remove(record.id);
  }

  /** Stores what a client sent, over the record before or the defaults. */
  #store(keystone: Keystone, sent: Sent, before?: R): R {
    const { prepare, defaults, fixed = [], clearable = [], ownsToken } = this.#definition;
    const { state } = keystone;
    const prepared = prepare?.(state, sent, before);
    const entries = Object.entries(sent);
    const members = entries
      .filter(([name]) => this.#isKnown(name) && !(before && fixed.includes(name)))
      .filter(([name, value]) => value != null || (value === null && clearable.includes(name)))
      .map(([name, value]) => [camelCase(name), value]);
    const changes = { ...Object.fromEntries(members), ...prepared };
    const unknown = Object.fromEntries(entries.filter(([name]) => !this.#isKnown(name)));
    const record = this.records(state).putMembers({
      ...(before ?? { id: newId(), ...defaults }),
      ...changes,
      extra: { ...before?.extra, ...unknown },
    });
    if (before && (changes.enabled === false || 'passwordHash' in changes)) {
      revokeTokens(keystone, (token) => ownsToken?.(token, record.id, state) === true);
    }
    return record;
  }

  #isKnown(attribute: string): boolean {
    return this.#definition.attributes.names.includes(attribute);
  }
}

const camelCase = (name: string) =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const snakeCase = (name: string) =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
