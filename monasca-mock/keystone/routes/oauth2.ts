import { login } from '../auth/login.ts';
import { KeystoneError, oauthError } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Exchange, Reply, Routes } from './route.ts';

const path = '/v3/OS-OAUTH2/token';

/**
 * Client credentials of RFC 6749: the id and the secret of an application credential give an ordinary
 * token. They are sent by HTTP basic authentication or, as newer releases accept, in the form. The
 * token works in `X-Auth-Token`, not as `Bearer`.
 */
export const oauth2Routes: Routes = {
  [`POST ${path}`]: createAccessToken,
  [`GET ${path}`]: methodNotAllowed,
  [`PUT ${path}`]: methodNotAllowed,
  [`PATCH ${path}`]: methodNotAllowed,
  [`DELETE ${path}`]: methodNotAllowed,
};

function methodNotAllowed(): never {
  throw oauthError(405, 'other_error', 'The method is not allowed for the requested URL.');
}

function createAccessToken({ keystone, headers, body }: Exchange): Reply {
  const isForm = /^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '');
  const form = new URLSearchParams(isForm ? body.toString('utf8') : '');
  const { id, secret } = clientOf(headers.authorization, form);
  const grantType = form.get('grant_type');
  if (grantType === null) {
    throw oauthError(400, 'invalid_request', 'The parameter grant_type is required.');
  }
  if (grantType !== 'client_credentials') {
    const description = `The parameter grant_type ${grantType} is not supported.`;
    throw oauthError(400, 'unsupported_grant_type', description);
  }
  return {
    status: 200,
    json: {
      access_token: logIn(keystone, id, secret),
      token_type: 'Bearer',
      // The configured lifetime, not the remaining lifetime of this token.
      expires_in: keystone.settings.tokenLifetimeSeconds,
    },
  };
}

type Client = { readonly id: string; readonly secret: string };

/** The client by HTTP basic authentication, which precedes the client in the form. */
function clientOf(authorization: string | undefined, form: URLSearchParams): Client {
  const client = basicClient(authorization) ?? formClient(form);
  if (client === undefined) {
    throw oauthError(401, 'invalid_client', 'OAuth2.0 client authorization is required.');
  }
  if (client.id === '' || client.secret === '') {
    throw oauthError(401, 'invalid_client', 'OAuth2.0 client authorization is invalid.');
  }
  return client;
}

function basicClient(authorization: string | undefined): Client | undefined {
  const encoded = /^basic ([\w+/=-]+)$/i.exec(authorization ?? '')?.[1];
  const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon === -1) return undefined;
  return { id: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

function formClient(form: URLSearchParams): Client | undefined {
  const id = form.get('client_id');
  return id === null ? undefined : { id, secret: form.get('client_secret') ?? '' };
}

function logIn(keystone: Keystone, id: string, secret: string): string {
  const identity = { methods: ['application_credential'], application_credential: { id, secret } };
  try {
    return login(keystone, { identity }).token.id;
  } catch (error) {
    if (!(error instanceof KeystoneError)) throw error;
    if (error.status === 401) throw oauthError(401, 'invalid_client', error.message);
    if (error.status === 400) throw oauthError(400, 'invalid_request', error.message);
    const description = 'An unknown error occurred and failed to get an OAuth2.0 access token.';
    throw oauthError(error.status, 'other_error', description);
  }
}
