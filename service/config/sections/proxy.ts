import { z } from 'zod';
import { Secret } from '../../contract/values/secret.ts';

const aProxy = 'the http:// or https:// address of a proxy';

/** The scheme may be missing, as in the variables of other programs. */
const withScheme = (text: string): string => (text.includes('://') ? text : `http://${text}`);

const isProxy = (text: string): boolean =>
  /^https?:$/.test(URL.parse(withScheme(text))?.protocol ?? '');

const proxyAddress = (description: string, ...also: readonly string[]) =>
  z
    .string()
    .min(1)
    .refine(isProxy, { error: aProxy })
    .transform((text) => new Secret(withScheme(text)))
    .optional()
    .meta({ description, also, secret: true, expects: aProxy });

export const proxySection = z
  .strictObject({
    https: proxyAddress(
      'Proxy for requests to https:// addresses, a secret because it may contain a password.',
      ...['HTTPS_PROXY', 'https_proxy'],
    ),
    http: proxyAddress(
      'Proxy for requests to http:// addresses, likewise.',
      ...['HTTP_PROXY', 'http_proxy'],
    ),
    except: z
      .string()
      .optional()
      .meta({
        description:
          'Targets without a proxy, separated by commas: names (with their subdomains), addresses, networks such as 10.0.0.0/8, or *. This machine never needs an entry.',
        also: ['NO_PROXY', 'no_proxy'],
      }),
  })
  .prefault({})
  .describe('Forward proxy of notifiers over HTTP, the self-watch, Keystone and Monasca.');
