/** A reply that ends a request early; `body` is sent as JSON. */
export class KeystoneError extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>, message: string) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

const titles = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
};

function keystoneError(code: keyof typeof titles, message: string, more = {}): KeystoneError {
  return new KeystoneError(
    code,
    { error: { code, message, title: titles[code], ...more } },
    message,
  );
}

export const badRequest = (message: string) => keystoneError(400, message);

export const expecting = (what: string, where: string) =>
  badRequest(
    `Expecting to find ${what} in ${where}. The server could not comply with the request since ` +
      'it is either malformed or otherwise incorrect. The client is assumed to be in error.',
  );

/** The reply to every failed login, whatever the reason: it must not help to guess. */
export const unauthorized = (
  message = 'The request you have made requires authentication.',
  identity?: Record<string, unknown>,
) => keystoneError(401, message, identity && { identity });

export const forbidden = (action: string) =>
  refused(`You are not authorized to perform the requested action: ${action}.`);

/** A refusal for another reason than missing rights. */
export const refused = (message: string) => keystoneError(403, message);

export const notFound = (message: string) => keystoneError(404, message);

export const couldNotFind = (kind: string, id: string) =>
  notFound(`Could not find ${kind}: ${id}.`);

export const conflict = (kind: string, detail: string) =>
  keystoneError(409, `Conflict occurred attempting to store ${kind} - ${detail}.`);

/** The format of RFC 6749, which only the OAuth 2 route uses. */
export const oauthError = (status: number, error: string, description: string) =>
  new KeystoneError(status, { error, error_description: description }, description);
