import { login } from '../auth/login.ts';
import { KeystoneError, oauthError } from '../errors.ts';
import type { Keystone } from '../keystone.ts';
import type { Exchange, Reply, Routes } from './route.ts';

const path = '/v3/OS-OAUTH2/token';

/**
 * Client credentials of RFC 6749: the id and the secret of an application credential by HTTP basic
 * authentication give an ordinary token. It works in `X-Auth-Token`, not as `Bearer`.
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
  const { id, secret } = clientOf(headers.authorization);
  const isForm = /^application\/x-www-form-urlencoded/i.test(headers['content-type'] ?? '');
  const form = new URLSearchParams(isForm ? body.toString('utf8') : '');
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

function clientOf(authorization: string | undefined): { id: string; secret: string } {
  const encoded = /^basic ([\w+/=-]+)$/i.exec(authorization ?? '')?.[1];
  const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon === -1) {
    throw oauthError(401, 'invalid_client', 'OAuth2.0 client authorization is required.');
  }
  const client = { id: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
  if (client.id === '' || client.secret === '') {
    throw oauthError(401, 'invalid_client', 'OAuth2.0 client authorization is invalid.');
  }
  return client;
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
