import { z } from 'zod';
import { checkPassword } from '../auth/login.ts';
import { revokeTokens } from '../auth/tokens.ts';
import { unauthorized } from '../errors.ts';
import { hashSecret } from '../store/state.ts';
import { projects } from './directory.ts';
import {
  authorize,
  type Exchange,
  isUser,
  listReply,
  noContent,
  type Reply,
  type Routes,
  readMember,
} from './route.ts';

export const userRoutes: Routes = {
  'POST /v3/users/:id/password': changePassword,
  'GET /v3/users/:id/projects': listProjects,
};

const passwordChange = z.strictObject({ password: z.string(), original_password: z.string() });

/** Needs no token, only the old password; a wrong one counts as a failed login. */
function changePassword(exchange: Exchange): Reply {
  const { keystone, params } = exchange;
  const wanted = readMember(exchange, 'user', passwordChange);
  const user = keystone.state.users.get(params['id'] ?? '');
  if (user === undefined || !user.enabled) throw unauthorized();
  checkPassword(keystone, user, wanted.original_password);
  keystone.state.users.put({ ...user, passwordHash: hashSecret(wanted.password) });
  revokeTokens(keystone, ({ userId }) => userId === user.id);
  return noContent;
}

function listProjects(exchange: Exchange): Reply {
  const { state } = exchange.keystone;
  const { id = '' } = exchange.params;
  authorize(exchange, 'list_user_projects', isUser(id));
  const grants = state.grants.filter(({ userId }) => userId === id);
  const ids = grants.map(({ scope }) => (scope.kind === 'project' ? scope.id : ''));
  const found = state.projects.filter((project) => ids.includes(project.id));
  const documents = found.map((project) => projects.document(project, exchange.origin));
  return listReply(exchange, 'projects', documents);
}
