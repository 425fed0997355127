import { z } from 'zod';
import { cast } from './fleet/components.ts';
import type { Journal } from './journal.ts';

const answerSchema = z.object({ id: z.string() });

/** Nobody wants to be told of what is being replaced: its events are logged and go to nobody. */
export async function silenceTheReplaced(
  serviceUrl: string,
  journal: Pick<Journal, 'say'>,
): Promise<void> {
  const { name, version } = cast.replaced;
  const answer = await fetch(`${serviceUrl}/api/v1/silences`, {
    method: 'POST',
    body: JSON.stringify({
      matchers: { name, version },
      durationSeconds: 3_600,
      reason: `${name} ${version} is being rolled out`,
      author: 'the demo',
    }),
    signal: AbortSignal.timeout(10_000),
  });
  const body: unknown = await answer.json();
  const silence = answerSchema.safeParse(body).data;
  if (answer.status === 201 && silence) {
    journal.say('demo', `${name} ${version} is silenced for an hour: ${silence.id}`);
  } else {
    journal.say('trouble', `${name} ${version} could not be silenced: ${answer.status}`);
  }
}
