import type { Digest, DigestLine } from '../digest/digest.ts';

/** The message for programs that show no HTML, and for people who want none. */
export function plainText({ headline, lines }: Digest, footer: string): string {
  return [headline, '', ...lines.flatMap(paragraph), '-- ', footer, ''].join('\n');
}

function paragraph({ standing, component, instance, reason, time }: DigestLine): string[] {
  const subject = instance === undefined ? component : `${component}, instance ${instance}`;
  return [`${standing.word}  ${subject}`, `  ${reason}`, `  ${time}`, ''];
}
