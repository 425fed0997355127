const maxCharacters = 500;

/**
 * An answer that was no success, for people. What the peer says of it goes to the log, to `/health`
 * and into every dead letter, so of a message that repeats the whole batch the beginning will do.
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
