import { z } from 'zod';
import { integer } from './kinds.ts';

export const eventsSection = z
  .strictObject({
    retentionDays: integer(1, 36_500).default(90).describe('Days for which events are kept.'),
    maxStreams: integer(1, 100_000)
      .default(100)
      .describe('Maximum number of open event streams; further ones get 503.'),
  })
  .prefault({})
  .describe('The event log.');
