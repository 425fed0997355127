import dns, { type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from '../../contract/address/private-address.ts';

/** Returns all addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const privateAddressCode = 'ERR_PRIVATE_ADDRESS';

const systemResolve: Resolve = (hostname) => dns.promises.lookup(hostname, { all: true });

/**
 * Name lookup for connections to public addresses only. The connection uses the address that was
 * checked, so a name whose address changes in between is no way around the check.
 */
export function createPublicLookup(resolve: Resolve = systemResolve): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname).then(
      (found) => {
        const known = found.filter(({ address }) => !isPrivateAddress(address));
        const [first] = known;
        if (first === undefined) done(refusal(hostname, found), '', 0);
        else if (options.all) done(null, [...known]);
        else done(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => done(error, '', 0),
    );
  };
}

/**
 * Why a name may lead to a private address; undefined if all of its addresses are public. A proxy
 * looks the name up by itself, so one private address is enough, and a name without any is unknown.
 */
export async function findPrivate(
  host: string,
  resolve: Resolve = systemResolve,
): Promise<string | undefined> {
  try {
    const found = await resolve(host);
    const isPublic = found.length > 0 && found.every(({ address }) => !isPrivateAddress(address));
    return isPublic ? undefined : `${refusal(host, found).message}: a private address`;
  } catch {
    return `${host} cannot be resolved here, so it is not known to be public`;
  }
}

function refusal(hostname: string, found: readonly LookupAddress[]): NodeJS.ErrnoException {
  const addresses = found.map(({ address }) => address).join(', ') || 'nothing';
  return Object.assign(new Error(`${hostname} is ${addresses}`), { code: privateAddressCode });
}
