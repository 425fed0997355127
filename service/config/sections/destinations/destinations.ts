import { z } from 'zod';
import { redisSection } from './redis.ts';

export const destinationsSection = z
  .strictObject({ redis: redisSection })
  .prefault({})
  .describe('Destinations of heartbeats beside Monasca.');
