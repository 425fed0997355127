import { z } from 'zod';
import { badRequest, expecting, unauthorized } from '../errors.ts';

const reference = z.looseObject({ id: z.string().optional(), name: z.string().optional() });
const user = reference.extend({ password: z.string().optional(), domain: reference.optional() });
const project = reference.extend({ domain: reference.optional() });

const loginRequest = z.object({
  identity: z.looseObject({
    methods: z.array(z.string()),
    password: z.looseObject({ user: user.optional() }).optional(),
    token: z.looseObject({ id: z.string() }).optional(),
    application_credential: reference
      .extend({ secret: z.string().optional(), user: user.optional() })
      .optional(),
  }),
  scope: z
    .union([
      z.string(),
      z.looseObject({
        project: project.optional(),
        domain: reference.optional(),
        system: z.looseObject({ all: z.boolean().optional() }).optional(),
      }),
    ])
    .optional(),
});

export type LoginRequest = z.infer<typeof loginRequest>;
export type Reference = z.infer<typeof reference>;
export type UserInRequest = z.infer<typeof user>;
export type ProjectInRequest = z.infer<typeof project>;

/** The methods of the real service in its default configuration. */
const supportedMethods = [
  'external',
  'password',
  'token',
  'oauth1',
  'mapped',
  'application_credential',
];

/** Checks the form of a login request, without looking up its names. */
export function parseLogin(body: Record<string, unknown>): LoginRequest {
  if (body['auth'] === undefined) throw expecting('auth', 'request body');
  const parsed = loginRequest.safeParse(body['auth']);
  if (!parsed.success) throw invalidInput(parsed.error);
  const request = parsed.data;
  requireNameOrId(request.identity.password?.user, 'identity/password/user');
  requireNameOrId(request.identity.password?.user?.domain, 'identity/password/user/domain');
  if (typeof request.scope === 'object') {
    requireNameOrId(request.scope.project, 'scope/project');
    requireNameOrId(request.scope.project?.domain, 'scope/project/domain');
    requireNameOrId(request.scope.domain, 'scope/domain');
  }
  for (const method of request.identity.methods) {
    if (!(method in request.identity)) throw expecting(method, 'identity');
  }
  if (!request.identity.methods.every((method) => supportedMethods.includes(method))) {
    throw unauthorized('Attempted to authenticate with an unsupported method.', {
      methods: supportedMethods,
    });
  }
  return request;
}

export function invalidInput(error: z.ZodError): Error {
  const issue = error.issues[0];
  const field = issue?.path.join('/') ?? '';
  return badRequest(`Invalid input for field '${field}': ${issue?.message ?? ''}`);
}

function requireNameOrId(reference: Reference | undefined, field: string): void {
  if (reference && reference.id === undefined && reference.name === undefined) {
    throw badRequest(`Invalid input for field ${field}: id or name must be present.`);
  }
}
