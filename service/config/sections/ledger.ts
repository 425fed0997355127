import { z } from 'zod';
import { integer } from './kinds.ts';

export const ledgerSection = z
  .strictObject({
    retentionDays: integer(1, 36_500).default(400).describe('Days for which presences are kept.'),
  })
  .prefault({})
  .describe('The ledger: which instances were active when.');
