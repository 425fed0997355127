import { z } from 'zod';
import { whole } from './kinds.ts';

export const ledgerSection = z
  .strictObject({
    retentionDays: whole(1, 36_500).default(400).describe('Days for which presences are kept.'),
  })
  .prefault({})
  .describe('The ledger: which instances were active when.');
