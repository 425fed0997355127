import dns, { type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPrivateAddress } from '../../contract/address/private-address.ts';

/** Finds all addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const privateAddressCode = 'ERR_PRIVATE_ADDRESS';

const systemResolve: Resolve = (hostname) => dns.promises.lookup(hostname, { all: true });

/**
 * The look-up of names for connections that may lead to public addresses only. What it answers with
 * is what is connected to: a name that first points here and then there does not get by.
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

function refusal(hostname: string, found: readonly LookupAddress[]): NodeJS.ErrnoException {
  const addresses = found.map(({ address }) => address).join(', ') || 'nothing';
  return Object.assign(new Error(`${hostname} is ${addresses}`), { code: privateAddressCode });
}
