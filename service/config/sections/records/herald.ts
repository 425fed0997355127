import { z } from 'zod';
import { network } from '../http.ts';
import { integer, nonEmptyText } from '../kinds.ts';

const fieldNames = (...names: string[]) => z.array(nonEmptyText()).min(1).default(names);

const identitySection = z
  .strictObject({
    name: fieldNames('SYSTEM_ID', 'service.name', 'service', 'application').describe(
      'Fields of a record that may hold the name of its component; the first that is there applies.',
    ),
    version: fieldNames('package_version', 'service.version', 'version').describe(
      'Fields with the version of the component.',
    ),
    instance: fieldNames(
      ...['SUB_SYSTEM_ID', 'service.instance.id', 'host.name', 'hostname', 'host'],
    ).describe('Fields with the instance.'),
  })
  .prefault({})
  .describe('Where a record names the instance that wrote it.');

const tlsSection = z
  .strictObject({
    certFile: nonEmptyText()
      .optional()
      .describe('Certificate (PEM) for the port of records. With it only TLS is served there.'),
    keyFile: nonEmptyText().optional().describe('Private key of the certificate (PEM).'),
    clientCaFile: nonEmptyText()
      .optional()
      .describe('Authorities (PEM); clients without a certificate of theirs are refused.'),
  })
  .refine(({ certFile, keyFile }) => (certFile === undefined) === (keyFile === undefined), {
    path: ['keyFile'],
    error: 'both certFile and keyFile, or neither',
  })
  .refine(({ certFile, clientCaFile }) => clientCaFile === undefined || certFile !== undefined, {
    path: ['clientCaFile'],
    error: 'a certFile beside it',
  })
  .prefault({})
  .describe('TLS on the port of records.');

export const heraldSection = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe("Receive log records over TCP: of Python's SocketHandler, JSON lines and syslog."),
    host: nonEmptyText().default('127.0.0.1').describe('Address to listen on.'),
    port: integer(0, 65_535).default(9_020).describe('Port to listen on; 0 selects a free one.'),
    allow: z
      .array(network())
      .default([])
      .describe('Addresses and networks that may connect; without any, all may.'),
    maxRecordBytes: integer(1_024, 67_108_864)
      .default(4_194_304)
      .describe('Maximum size of one record as it is sent; a larger one ends its connection.'),
    maxConnections: integer(1, 100_000)
      .default(1_000)
      .describe('Maximum number of connections; further ones are closed.'),
    identity: identitySection,
    tls: tlsSection,
  })
  .prefault({})
  .describe('Log records of ps.herald, and of other programs.');

export type HeraldConfig = z.output<typeof heraldSection>;
