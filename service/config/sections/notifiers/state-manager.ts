import { z } from 'zod';
import { certificateFile, httpAddress, integer } from '../kinds.ts';
import { notifierFields } from './shared.ts';

const fields = notifierFields({ silenced: true });

export const stateManagerNotifier = z
  .strictObject({
    ...fields,
    match: fields.match.default([{ name: '*', version: 'hbtd' }]),
    type: z.literal('state-manager'),
    url: httpAddress().describe(
      'Address of the State Manager up to its version, as in https://…/apis/smd/hsm/v2.',
    ),
    caFile: certificateFile().optional().describe('File with the certificates (PEM) to trust.'),
    timeoutSeconds: integer(1, 600).default(10).describe('Time limit of one request.'),
  })
  .describe("Mirrors the states of components into Cray's Hardware State Manager.");

export type StateManagerConfig = z.output<typeof stateManagerNotifier>;
