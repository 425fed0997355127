/**
 * Path and query of a request's target; undefined for an invalid target.
 *
 * Proxies send the whole URL, `POST http://host/beat`, and servers have to accept that too
 * (RFC 9112, 3.2.2).
 */
export function toOriginForm(target: string): string | undefined {
  // A target has no fragment; Koa's parser would take what follows for a host.
  const fragment = target.indexOf('#');
  if (fragment !== -1) return toOriginForm(target.slice(0, fragment));
  if (target.startsWith('/') || target === '*') return target;
  if (!/^https?:/i.test(target) || !URL.canParse(target)) return undefined;
  const path = target.replace(/^https?:\/\/[^/?]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

export function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
}

/** Splits the token off a path such as `/beat/hb_…`. */
export function splitToken(path: string): { path: string; token: string } | undefined {
  const slash = path.lastIndexOf('/');
  if (!path.startsWith('hb_', slash + 1)) return undefined;
  return { path: path.slice(0, slash), token: path.slice(slash + 1) };
}
