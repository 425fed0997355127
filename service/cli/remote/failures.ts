import { z } from 'zod';
import { problemSchema } from '../../contract/api/problem.ts';
import { packageVersion } from '../../runtime/package.ts';
import { CliFailure, type ExitCode, exitCodes } from '../failure.ts';
import type { ConnectionOptions } from './request.ts';

type Explanation = {
  /** Code of Node's error. */
  readonly code: RegExp;
  readonly message: (url: string, code: string) => string;
  /** What the operator can try. */
  readonly hint: string;
  /** `unavailable` if absent. */
  readonly exitCode?: ExitCode;
};

const explanations: readonly Explanation[] = [
  {
    code: /^ECONNREFUSED$/,
    message: (url) => `Nothing listens at ${url}.`,
    hint: 'Is the service running, and is that its address? Set --url or HEARTBEAT_URL.',
  },
  {
    code: /^(ENOTFOUND|EAI_AGAIN)$/,
    message: (url, code) => `The name in ${url} is not known (${code}).`,
    hint: 'Is it spelt right? Set --url or HEARTBEAT_URL.',
  },
  {
    code: /^(ECONNRESET|EPIPE)$/,
    message: (url, code) => `The connection to ${url} broke (${code}).`,
    hint: 'Does the service speak TLS, or the other way round? Otherwise try again.',
  },
  {
    code: /^EPROTO$/,
    message: (url, code) => `${url} does not speak TLS as it should (${code}).`,
    hint: 'Is it http:// that you mean?',
    exitCode: exitCodes.protocol,
  },
  {
    code: /^HPE_/,
    message: (url, code) => `${url} does not speak HTTP (${code}).`,
    hint: 'Does it speak TLS? Then it is https:// that you mean.',
    exitCode: exitCodes.protocol,
  },
];

/** Failure of a request without a response. */
export function connectionFailure(
  error: Error,
  { url, ca, timeout }: ConnectionOptions,
): CliFailure {
  const code = 'code' in error ? String(error.code) : '';
  const fail = (message: string, hint: string, exitCode: ExitCode = exitCodes.unavailable) =>
    new CliFailure(exitCode, message, hint);
  if (error.message === 'timeout') {
    return fail(`${url} did not respond within ${timeout} s.`, 'Try again, or with --timeout.');
  }
  const known = explanations.find((explanation) => explanation.code.test(code));
  if (known) return fail(known.message(url, code), known.hint, known.exitCode);
  if (/CERT|SIGNATURE|ALTNAME/.test(code)) {
    return fail(
      `The certificate of ${url} cannot be trusted (${code}).`,
      ca === undefined
        ? 'Name the certificate of its authority with --ca.'
        : `Is ${ca} the certificate of its authority, and is the name in the address the right one?`,
    );
  }
  return fail(
    `${url} cannot be reached (${code || error.message}).`,
    'Set --url or HEARTBEAT_URL.',
  );
}

/** A service of another version may have other codes. */
const anyProblemSchema = problemSchema.extend({ code: z.string() });

/** Failure of a request whose response has an error status. */
export function statusFailure(
  status: number,
  body: string,
  { url, token }: ConnectionOptions,
): CliFailure {
  const problem = anyProblemSchema.safeParse(tryParseJson(body)).data;
  if (!problem) {
    const isProxy = [502, 503, 504].includes(status);
    return new CliFailure(
      isProxy ? exitCodes.unavailable : exitCodes.protocol,
      `${url} responded with status ${status}, and not as GE Heartbeat does.`,
      'Is that the address of the service, or of a proxy before it?',
    );
  }
  const fail = (exitCode: ExitCode, hint?: string) =>
    new CliFailure(exitCode, describeProblem(problem), hint);
  switch (status) {
    case 400:
    case 413:
      return fail(exitCodes.usage);
    case 401:
      return fail(
        exitCodes.notAllowed,
        token === undefined
          ? 'Give a token with --token or HEARTBEAT_TOKEN.'
          : 'Is the token in --token or HEARTBEAT_TOKEN the right one for this service?',
      );
    case 403:
      return fail(exitCodes.notAllowed, 'This needs another token: --token or HEARTBEAT_TOKEN.');
    case 429:
    case 503:
      return fail(exitCodes.unavailable, 'Try again in a while.');
    default:
      return fail(exitCodes.failure);
  }
}

/** Every field at fault in a line of its own; the detail if there is none. */
function describeProblem({
  title,
  detail,
  errors = [],
  rejected = [],
}: z.infer<typeof anyProblemSchema>): string {
  const all = [...errors, ...rejected.flatMap((item) => item.errors)];
  const lines = all.map(({ path, expected, got }) => `${path}: expected ${expected}; got ${got}.`);
  return lines.length > 0 ? lines.join('\n') : detail || `${title}.`;
}

/** Failure of a request that a service of the same version does not cause; `version` is its version. */
export function versionFailure(url: string, finding: string, version?: string): CliFailure {
  const own = packageVersion();
  const hint =
    version === undefined
      ? 'Is that the address of a GE Heartbeat service?'
      : version === own
        ? `It has the same version as this command, ${own}: is that feature switched off there?`
        : `It has version ${version}, this command has ${own}: use the same on both sides.`;
  return new CliFailure(exitCodes.protocol, `${url} ${finding}.`, hint);
}

export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
