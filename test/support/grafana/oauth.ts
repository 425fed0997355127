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

/** As provisioning does it: `$$` is a sign, and the environment has the rest. */
export const filledIn = (text: string, environment: Environment): string =>
  text.replaceAll(/\$\$|\$\{([A-Z_]+)\}/g, (found, name?: string) =>
    found === '$$' ? '$' : (environment[name ?? ''] ?? ''),
  );

/**
 * Id and secret as Go's client sends them, which is what the plugin uses. Keystone takes them as they
 * come, so a client that also encodes `-` and `_`, as RFC 6749 has it, is refused.
 */
const basic =
  (secret: string): oauth.ClientAuth =>
  (_server, { client_id: id }, _body, headers) => {
    const pair = [id, secret].map(encodeURIComponent).join(':');
    headers.set('authorization', `Basic ${Buffer.from(pair).toString('base64')}`);
  };

/**
 * Logs in as the provisioned data source of Monasca says, with a client for OAuth 2.0 that knows no
 * Keystone, and gives the header that is sent along with every request.
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
  const answer = await oauth.clientCredentialsGrantRequest(server, client, basic(secret), {}, http);
  const { access_token: token } = await oauth.processClientCredentialsResponse(
    server,
    client,
    answer,
  );
  const [before = '', after = ''] = filledIn(oauth2.tokenTemplate, environment).split(
    ['$', '{__oauth2.access_token}'].join(''),
  );
  return { [oauth2.authHeader]: `${before}${token}${after}` };
}
