const maxCharacters = 500;

/**
 * Describes a response that was no success. The text goes to the log, to `/health` and into every
 * dead letter, so a long message, such as one that repeats the whole batch, is cut.
 */
export function describeResponse(
  peer: string,
  status: number,
  message: string | undefined,
): string {
  if (message === undefined) return `${peer} answered ${status}`;
  const isLong = message.length > maxCharacters;
  const shown = isLong ? `${message.slice(0, maxCharacters).toWellFormed()}…` : message;
  return `${peer} answered ${status}: ${shown}`;
}
