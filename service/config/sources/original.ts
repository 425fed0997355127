import type { Environment } from './environment.ts';
import type { GivenValue, GivenValues } from './layers.ts';

/**
 * Variables of the original FIWARE GE Heartbeat, for a deployment that replaces it. Its hosts include
 * the scheme, its ports have defaults, and its users and projects are in the domain with the id
 * `default`. That domain is `implied`: every other source is stronger.
 */
export function readOriginalVariables(env: Environment): {
  given: GivenValues;
  implied: GivenValues;
} {
  const given = new Map<string, GivenValue>();
  const implied = new Map<string, GivenValue>();
  const set = (variable: string, path: string, value = env[variable], values = given) => {
    if (value) values.set(path, { value, origin: { kind: 'environment', variable } });
  };
  const setAddress = (service: string, path: string, defaultPort: string) => {
    const [host, port] = [env[`${service}_HOST`], env[`${service}_PORT`]];
    if (!host && !port) return;
    const variable = host ? `${service}_HOST` : `${service}_PORT`;
    set(variable, path, buildAddress(host || 'http://localhost', port, defaultPort));
  };

  setAddress('KEYSTONE', 'keystone.authUrl', '5000');
  setAddress('MONASCA', 'monasca.url', '8070');
  set('USERNAME', 'keystone.username');
  set('PASSWORD', 'keystone.password');
  set('PROJECT', 'keystone.projectName');
  set('USERNAME', 'keystone.userDomainId', env['USERNAME'] && 'default', implied);
  set('PROJECT', 'keystone.projectDomainId', env['PROJECT'] && 'default', implied);
  return { given, implied };
}

/** The result may be invalid; the check of the setting reports that. */
function buildAddress(host: string, port: string | undefined, defaultPort: string): string {
  const bare = host.replace(/\/+$/, '');
  if (port) return `${bare}:${port}`;
  return /:\d+$/.test(bare) ? bare : `${bare}:${defaultPort}`;
}
