import { isIP } from 'node:net';
import { z } from 'zod';
import { integer, nonEmptyText } from './kinds.ts';

/** A file that is read at the start, and again when it changes. */
const file = () => nonEmptyText().optional();

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
      .describe('Reject connections without such a certificate, including health probes.'),
  })
  .prefault({})
  .describe('TLS 1.2 and 1.3. The files are read again when they change and on SIGHUP.');

const perSecond = () => z.number().min(0).max(1_000_000);

const limitsSection = z
  .strictObject({
    maxConnections: integer(1, 1_000_000)
      .default(10_000)
      .describe(
        'Maximum number of open connections. Beyond it the address with the most gives up the one that is idle for longest.',
      ),
    maxRequestsPerConnection: integer(0, 1_000_000_000)
      .default(0)
      .describe('Number of requests after which a connection is closed; 0 is no limit.'),
    callerRequestsPerSecond: perSecond()
      .default(0)
      .describe(
        'Requests per second of one token or certificate name; further ones get 429. 0 is no limit.',
      ),
    addressRequestsPerSecond: perSecond()
      .default(0)
      .describe(
        'Requests per second from one address, apart from probes; further ones get 429. 0 is no limit.',
      ),
    burstSeconds: integer(1, 3_600)
      .default(10)
      .describe('Time over which unused requests accumulate; a client may send them at once.'),
  })
  .prefault({})
  .describe('Limits for each client.');

const aNetwork = 'an IP address, or a network as 10.0.0.0/8';
export const network = () =>
  z.string().refine(isNetwork, { error: aNetwork }).meta({ expects: aNetwork });

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
  .describe('Access of web pages of other origins.');

export const httpSection = z
  .strictObject({
    host: nonEmptyText().default('127.0.0.1').describe('Address to listen on.'),
    port: integer(0, 65_535).default(8080).describe('Port to listen on; 0 selects a free one.'),
    maxBodyBytes: integer(1_024, 1_073_741_824)
      .default(1_048_576)
      .describe('Maximum size of a request body, after decompression.'),
    maxHeartbeats: integer(1, 1_000_000)
      .default(10_000)
      .describe('Maximum number of heartbeats in a request.'),
    headersTimeoutSeconds: integer(1, 3_600)
      .default(10)
      .describe('Time limit for the headers of a request, and for the TLS handshake.'),
    requestTimeoutSeconds: integer(1, 3_600)
      .default(30)
      .describe('Time limit for a complete request.'),
    keepAliveTimeoutSeconds: integer(1, 3_600)
      .default(65)
      .describe('Time after which an idle connection is closed.'),
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
  .describe('HTTP server.');

export type HttpConfig = z.output<typeof httpSection>;
