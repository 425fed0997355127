import { z } from 'zod';
import { whole } from './kinds.ts';

export const ledgerSection = z
  .strictObject({
    retentionDays: whole(1, 36_500)
      .default(400)
      .describe('How long it is kept who was active when.'),
  })
  .prefault({})
  .describe('The record of who was active when.');
