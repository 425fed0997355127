/** An answer that ends a request early. The body is exactly what goes out, as JSON. */
export class KeystoneError extends Error {
  readonly status: number;
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>, message: string) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

const titles = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [409, 'Conflict'],
]);

/** Whatever was wrong with a login, the answer is this one: it must not help to guess. */
export function unauthorized(
  message = 'The request you have made requires authentication.',
  identity?: Record<string, unknown>,
): KeystoneError {
  return keystoneError(401, message, identity === undefined ? {} : { identity });
}

export function forbidden(action: string): KeystoneError {
  return keystoneError(403, `You are not authorized to perform the requested action: ${action}.`);
}

/** A refusal that is not about rights. */
export function refused(message: string): KeystoneError {
  return keystoneError(403, message);
}

export function notFound(message: string): KeystoneError {
  return keystoneError(404, message);
}

export function couldNotFind(kind: string, id: string): KeystoneError {
  return notFound(`Could not find ${kind}: ${id}.`);
}

export function conflict(kind: string, detail: string): KeystoneError {
  return keystoneError(409, `Conflict occurred attempting to store ${kind} - ${detail}.`);
}

export function badRequest(message: string): KeystoneError {
  return keystoneError(400, message);
}

export function expecting(what: string, where: string): KeystoneError {
  return badRequest(
    `Expecting to find ${what} in ${where}. The server could not comply with the request since ` +
      'it is either malformed or otherwise incorrect. The client is assumed to be in error.',
  );
}

/** The shape of RFC 6749, which only the OAuth 2 route uses. */
export function oauthError(status: number, error: string, description: string): KeystoneError {
  return new KeystoneError(status, { error, error_description: description }, description);
}

function keystoneError(
  code: number,
  message: string,
  more: Record<string, unknown> = {},
): KeystoneError {
  const error = { code, message, title: titles.get(code), ...more };
  return new KeystoneError(code, { error }, message);
}
