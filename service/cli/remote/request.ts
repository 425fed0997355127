/** Address of the service, authorization and trust. */
export type ConnectionOptions = {
  readonly url: string;
  readonly token?: string | undefined;
  /** File with certificates (PEM) to trust instead of the well-known ones. */
  readonly ca?: string | undefined;
  /** Files with a client certificate (PEM) and its private key. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Seconds until a response begins, and between two parts of it. */
  readonly timeout: number;
};

/** Undefined values are left out. */
export type RequestQuery = Readonly<Record<string, string | number | undefined>>;

export type ServiceRequest = {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: RequestQuery;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Minimum of the `timeout` of the connection, for an operation that takes long. */
  readonly timeoutSeconds?: number;
};

/** A response of any status whose body is not read yet. */
export type ServiceResponse = {
  readonly status: number;
  /** Media type without parameters. */
  readonly type: string;
  readonly body: AsyncIterable<Buffer>;
};
