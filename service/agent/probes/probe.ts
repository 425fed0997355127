/**
 * Result of one check. `unknown`: the probe itself failed, which says nothing about what it checks.
 * Messages are one line, without control characters.
 */
export type ProbeResult =
  | { readonly kind: 'ok' }
  | { readonly kind: 'not_ok'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** Checks once. Resolves in every case; ends its work when the signal aborts. */
export type Probe = (signal: AbortSignal) => Promise<ProbeResult>;

export const ok: ProbeResult = { kind: 'ok' };
export const notOk = (message: string): ProbeResult => ({ kind: 'not_ok', message: line(message) });
export const unknown = (message: string): ProbeResult => ({
  kind: 'unknown',
  message: line(message),
});

const maxCharacters = 200;

/** The first line of a text, as it can be logged and sent. */
export function line(text: string): string {
  const [first = ''] = text.trim().split(/[\r\n]/, 1);
  return first
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .slice(0, maxCharacters)
    .toWellFormed()
    .trim();
}

/**
 * Runs a probe for at most `timeoutMs`. `late` is the kind of its result after that: a server that
 * does not respond is not OK, but a command that does not end has found nothing.
 */
export function runProbe(
  probe: Probe,
  {
    timeoutMs,
    late,
    signal,
  }: { timeoutMs: number; late: 'not_ok' | 'unknown'; signal: AbortSignal },
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const limit = new AbortController();
    const end = (result: ProbeResult) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(result);
    };
    const cut = (result: ProbeResult) => {
      end(result);
      limit.abort();
    };
    const timer = setTimeout(
      () => cut({ kind: late, message: `no result within ${timeoutMs / 1_000} s` }),
      timeoutMs,
    );
    const stop = () => cut(unknown('the agent stopped'));
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) return stop();
    probe(limit.signal).then(end, (error: unknown) => end(unknown(errorText(error))));
  });
}

/** Code and message of an error of the system, without repeating the code. */
export function errorText(error: unknown): string {
  if (!Error.isError(error)) return String(error);
  const [first] = causesOf(error);
  if (first !== undefined && error.message === '') return errorText(first);
  const code = codeOf(error);
  return code === undefined || error.message.includes(code)
    ? error.message
    : `${code}: ${error.message}`;
}

export function codeOf(error: unknown): string | undefined {
  if (!Error.isError(error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  const [first] = causesOf(error);
  return first === undefined ? undefined : codeOf(first);
}

/** Errors of the addresses of a name, if all of them failed. */
const causesOf = (error: Error): readonly unknown[] =>
  'errors' in error && Array.isArray(error.errors) ? error.errors : [];
