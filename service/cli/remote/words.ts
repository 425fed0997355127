import { z } from 'zod';
import { packageVersion } from '../../runtime/version.ts';
import { CliFailure, type ExitCode, exitCodes } from '../failure.ts';
import type { Target } from './connection.ts';

/** Why there is no answer, and what to try. */
export function withoutAnswer(error: Error, { url, ca, timeout }: Target): CliFailure {
  const code = 'code' in error ? String(error.code) : '';
  const fail = (message: string, hint: string, exitCode: ExitCode = exitCodes.unavailable) =>
    new CliFailure(exitCode, message, hint);
  if (error.message === 'timeout') {
    return fail(`${url} did not answer within ${timeout} s.`, 'Try again, or with --timeout.');
  }
  switch (code) {
    case 'ECONNREFUSED':
      return fail(
        `Nothing listens at ${url}.`,
        'Is the service running, and is that its address? Set --url or HEARTBEAT_URL.',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail(
        `The name in ${url} is not known (${code}).`,
        'Is it spelt right? Set --url or HEARTBEAT_URL.',
      );
    case 'ECONNRESET':
    case 'EPIPE':
      return fail(
        `The connection to ${url} broke (${code}).`,
        'Does the service speak TLS, or the other way round? Otherwise try again.',
      );
    case 'EPROTO':
      return fail(
        `${url} does not speak TLS as it should (${code}).`,
        'Is it http:// that you mean?',
        exitCodes.protocol,
      );
  }
  if (code.startsWith('HPE_')) {
    return fail(
      `What answers at ${url} does not speak HTTP (${code}).`,
      'Does it speak TLS? Then it is https:// that you mean.',
      exitCodes.protocol,
    );
  }
  if (/CERT|SIGNATURE|ALTNAME/.test(code)) {
    const own = ca === undefined ? 'Name the certificate of its authority with --ca.' : '';
    return fail(
      `The certificate of ${url} cannot be trusted (${code}).`,
      own ||
        `Is ${ca} the certificate of its authority, and is the name in the address the right one?`,
    );
  }
  return fail(
    `${url} cannot be reached (${code || error.message}).`,
    'Set --url or HEARTBEAT_URL.',
  );
}

const errorsSchema = z
  .array(z.object({ path: z.string(), expected: z.string(), got: z.string() }))
  .default([]);

const problemSchema = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string().default(''),
  errors: errorsSchema,
  rejected: z.array(z.object({ errors: errorsSchema })).default([]),
});

/** Why the answer is not what was asked for, and what to try. */
export function refusal(status: number, body: string, { url, token }: Target): CliFailure {
  const problem = problemSchema.safeParse(parsed(body)).data;
  if (!problem) {
    return new CliFailure(
      status === 503 || status === 502 || status === 504
        ? exitCodes.unavailable
        : exitCodes.protocol,
      `${url} answered ${status}, and not as GE Heartbeat does.`,
      'Is that the address of the service, or of a proxy before it?',
    );
  }
  const told = inLines(problem);
  switch (status) {
    case 400:
    case 413:
      return new CliFailure(exitCodes.usage, told);
    case 401:
      return new CliFailure(
        exitCodes.notAllowed,
        told,
        token === undefined
          ? 'Give a token with --token or HEARTBEAT_TOKEN.'
          : 'Is the token in --token or HEARTBEAT_TOKEN the right one for this service?',
      );
    case 403:
      return new CliFailure(
        exitCodes.notAllowed,
        told,
        'This needs another token: --token or HEARTBEAT_TOKEN.',
      );
    case 429:
    case 503:
      return new CliFailure(exitCodes.unavailable, told, 'Try again in a while.');
    default:
      return new CliFailure(exitCodes.failure, told);
  }
}

/** All that is wrong, a line each; what is wrong with one field stands in the detail too. */
function inLines({ title, detail, errors, rejected }: z.infer<typeof problemSchema>): string {
  const all = [...errors, ...rejected.flatMap((item) => item.errors)];
  const lines = all.map(({ path, expected, got }) => `${path}: expected ${expected}; got ${got}.`);
  return lines.length > 0 ? lines.join('\n') : detail || `${title}.`;
}

/** For what a service of the same version would not answer. */
export const otherVersion = ({ url }: Target, what: string, version?: string): CliFailure =>
  new CliFailure(exitCodes.protocol, `${url} ${what}.`, versionHint(version));

function versionHint(version: string | undefined): string {
  if (version === undefined) return 'Is that the address of a GE Heartbeat service?';
  const own = packageVersion();
  return version === own
    ? `It has the same version as this command, ${own}: is what you ask for switched off there?`
    : `It has version ${version}, this command has ${own}: use the same on both sides.`;
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
