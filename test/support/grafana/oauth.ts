import * as oauth from 'oauth4webapi';
import { dataSources } from '../../../grafana/sources/data-sources.ts';
import { sourceUids } from '../../../grafana/sources/names.ts';

/** The environment that Grafana is started with. */
export type Environment = Readonly<Record<string, string>>;

export function provisioned(uid: string) {
  const source = dataSources.datasources.find((one) => one.uid === uid);
  if (!source) throw new Error(`no data source has the uid ${uid}`);
  return source;
}

/** Replaces variables as provisioning does: `$$` is a literal `$`. */
export const filledIn = (text: string, environment: Environment): string =>
  text.replaceAll(/\$\$|\$\{([A-Z_]+)\}/g, (found, name?: string) =>
    found === '$$' ? '$' : (environment[name ?? ''] ?? ''),
  );

/**
 * Id and secret as Go's client sends them, which the plugin uses. Keystone does not decode them, so it
 * rejects a client that also encodes `-` and `_`, as RFC 6749 requires.
 */
const basic =
  (secret: string): oauth.ClientAuth =>
  (_server, { client_id: id }, _body, headers) => {
    const pair = [id, secret].map(encodeURIComponent).join(':');
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  };

/**
 * Logs in with the settings of the provisioned data source of Monasca and a general client of OAuth
 * 2.0. Returns the header that every request carries.
 */
export async function monascaHeaders(environment: Environment): Promise<Record<string, string>> {
  const source = provisioned(sourceUids.monasca);
  if (!('secureJsonData' in source && 'oauth2ClientSecret' in source.secureJsonData)) {
    throw new Error('the data source does not log in by OAuth 2.0');
  }
  const { jsonData, secureJsonData } = source;
  if (!('oauth2' in jsonData)) throw new Error('the data source has no client of OAuth 2.0');
  const { oauth2 } = jsonData;
  const tokenUrl = filledIn(oauth2.token_url, environment);
  const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
  const client = { client_id: filledIn(oauth2.client_id, environment) };
  const secret = filledIn(secureJsonData.oauth2ClientSecret, environment);
  const http = { [oauth.allowInsecureRequests]: true };
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    basic(secret),
    {},
    http,
  );
  const { access_token: token } = await oauth.processClientCredentialsResponse(
    server,
    client,
    response,
  );
  const [before = '', after = ''] = filledIn(oauth2.tokenTemplate, environment).split(
    ['$', '{__oauth2.access_token}'].join(''),
  );
  return { [oauth2.authHeader]: `${before}${token}${after}` };
}
