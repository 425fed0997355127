import type { Environment } from './environment.ts';
import type { Given } from './origin.ts';

/**
 * The variables of the original FIWARE GE Heartbeat, for those who replace it and keep its
 * deployment. Its hosts include the scheme, its ports have defaults, and its users and projects
 * live in the domain whose id is `default`.
 *
 * That domain is `implied`: anything that names another is stronger.
 */
export function readOriginalVariables(env: Environment): {
  given: ReadonlyMap<string, Given>;
  implied: ReadonlyMap<string, Given>;
} {
  const given = new Map<string, Given>();
  const implied = new Map<string, Given>();

  const read = (variable: string, path: string, impliedPath?: string) => {
    const value = env[variable];
    if (!value) return;
    given.set(path, { value, origin: { kind: 'environment', variable } });
    if (impliedPath !== undefined) {
      implied.set(impliedPath, { value: 'default', origin: { kind: 'environment', variable } });
    }
  };
  const readAddress = (service: string, path: string, defaultPort: string) => {
    const [host, port] = [env[`${service}_HOST`], env[`${service}_PORT`]];
    if (!host && !port) return;
    const origin = {
      kind: 'environment',
      variable: host ? `${service}_HOST` : `${service}_PORT`,
    } as const;
    given.set(path, { value: address(host || 'http://localhost', port, defaultPort), origin });
  };

  readAddress('KEYSTONE', 'keystone.authUrl', '5000');
  readAddress('MONASCA', 'monasca.url', '8070');
  read('USERNAME', 'keystone.username', 'keystone.userDomainId');
  read('PASSWORD', 'keystone.password');
  read('PROJECT', 'keystone.projectName', 'keystone.projectDomainId');
  return { given, implied };
}

/** What cannot be an address is put together all the same: the check of the setting says so. */
function address(host: string, port: string | undefined, defaultPort: string): string {
  const bare = host.replace(/\/+$/, '');
  if (port) return `${bare}:${port}`;
  return /:\d+$/.test(bare) ? bare : `${bare}:${defaultPort}`;
}
