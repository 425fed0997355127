import { isIP } from 'node:net';
import { z } from 'zod';
import { whole } from './kinds.ts';

/** A file whose content is read at the start, and again when it changes. */
const file = () => z.string().min(1).optional();

const tlsSection = z
  .strictObject({
    certFile: file().describe(
      'Certificate of the service with its intermediate certificates (PEM). With it the service speaks HTTPS.',
    ),
    keyFile: file().describe('Private key of the certificate (PEM).'),
    clientCaFile: file().describe(
      'Authorities (PEM) whose certificates clients may use instead of a token; see auth.certificates.',
    ),
    requireClientCertificate: z
      .boolean()
      .default(false)
      .describe(
        'Whether a connection without such a certificate is refused, probes of health too.',
      ),
  })
  .prefault({})
  .describe('TLS 1.2 and 1.3. The files are read again when they change and on SIGHUP.');

const perSecond = () => z.number().min(0).max(1_000_000);

const limitsSection = z
  .strictObject({
    maxConnections: whole(1, 1_000_000)
      .default(10_000)
      .describe('Connections that may be open at once; beyond, new ones are closed.'),
    maxRequestsPerConnection: whole(0, 1_000_000_000)
      .default(0)
      .describe('Requests after which a connection is closed; 0 is no limit.'),
    callerRequestsPerSecond: perSecond()
      .default(0)
      .describe('Requests a second of one token or certificate name; beyond, 429. 0 is no limit.'),
    addressRequestsPerSecond: perSecond()
      .default(0)
      .describe('Requests a second from one address; beyond, 429. 0 is no limit.'),
    burstSeconds: whole(1, 3_600)
      .default(10)
      .describe('Unused requests of so many seconds may be sent at once.'),
  })
  .prefault({})
  .describe('Limits for each client.');

const aNetwork = 'an IP address, or a network as 10.0.0.0/8';
const network = () => z.string().refine(isNetwork, { error: aNetwork }).meta({ expects: aNetwork });

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  const bits = family === 4 ? 32 : 128;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
}

const anOrigin = 'an origin as https://host:port, without a path, or *';
const origin = () =>
  z
    .string()
    .regex(/^(\*|https?:\/\/[^/\s?#]+)$/)
    .meta({ expects: anOrigin });

const corsSection = z
  .strictObject({
    origins: z
      .array(origin())
      .default([])
      .describe('Origins of web pages that may use the API; * permits all.'),
  })
  .prefault({})
  .describe('Web pages of other origins.');

/** The HTTP server. */
export const httpSection = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
    port: whole(0, 65_535).default(8080).describe('Port to listen on; 0 takes any free one.'),
    maxBodyBytes: whole(1_024, 1_073_741_824)
      .default(1_048_576)
      .describe('Largest body of a request, after decompression.'),
    maxHeartbeats: whole(1, 1_000_000).default(10_000).describe('Most heartbeats in a request.'),
    headersTimeoutSeconds: whole(1, 3_600)
      .default(10)
      .describe('Time for a client to send the headers of a request, and to agree on TLS.'),
    requestTimeoutSeconds: whole(1, 3_600)
      .default(30)
      .describe('Time for a client to send a whole request.'),
    keepAliveTimeoutSeconds: whole(1, 3_600)
      .default(65)
      .describe('Time that an idle connection is kept open.'),
    trustedProxies: z
      .array(network())
      .default([])
      .describe('Addresses and networks of proxies whose X-Forwarded-For is trusted.'),
    tls: tlsSection,
    limits: limitsSection,
    cors: corsSection,
  })
  .refine((http) => http.headersTimeoutSeconds <= http.requestTimeoutSeconds, {
    path: ['requestTimeoutSeconds'],
    error: 'at least http.headersTimeoutSeconds',
  })
  .prefault({})
  .describe('The HTTP server.');

export type HttpConfig = z.output<typeof httpSection>;
