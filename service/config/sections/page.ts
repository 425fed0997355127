import { z } from 'zod';

export const pageSection = z
  .strictObject({
    publicBadges: z
      .boolean()
      .default(false)
      .describe('Serve badges of components without a token: /badge/{name}.svg.'),
    publicWall: z
      .boolean()
      .default(false)
      .describe(
        'Serve the view for a screen on a wall without a token: /wall, with the names, versions and states of all components.',
      ),
  })
  .prefault({})
  .describe('Web page.');
