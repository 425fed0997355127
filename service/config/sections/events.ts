import { z } from 'zod';
import { whole } from './kinds.ts';

export const eventsSection = z
  .strictObject({
    retentionDays: whole(1, 36_500).default(90).describe('Days for which events are kept.'),
    maxStreams: whole(1, 100_000)
      .default(100)
      .describe('Maximum number of open event streams; further ones get 503.'),
  })
  .prefault({})
  .describe('The event log.');
