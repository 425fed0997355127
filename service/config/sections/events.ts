import { z } from 'zod';
import { whole } from './kinds.ts';

export const eventsSection = z
  .strictObject({
    retentionDays: whole(1, 36_500).default(90).describe('How long events are kept.'),
    maxStreams: whole(1, 100_000)
      .default(100)
      .describe('Streams of events that may be open at once; beyond, new ones get 503.'),
  })
  .prefault({})
  .describe('The log of events.');
