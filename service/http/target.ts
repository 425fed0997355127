/**
 * What a request asks for, as a path with its query; undefined for what is no address.
 *
 * Proxies are asked with the whole address, `POST http://host/beat`, and servers have to take that
 * too (RFC 9112, 3.2.2).
 */
export function originForm(target: string): string | undefined {
  // No request has a fragment; Koa's parser would look for a host where there is one.
  const fragment = target.indexOf('#');
  if (fragment !== -1) return originForm(target.slice(0, fragment));
  if (target.startsWith('/') || target === '*') return target;
  if (!/^https?:/i.test(target) || !URL.canParse(target)) return undefined;
  const path = target.replace(/^https?:\/\/[^/?]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

export function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query === -1 ? path : path.slice(0, query);
}

/** Takes a token off the end of a path: `/beat/hb_…`. */
export function splitToken(path: string): { path: string; token: string } | undefined {
  const slash = path.lastIndexOf('/');
  if (!path.startsWith('hb_', slash + 1)) return undefined;
  return { path: path.slice(0, slash), token: path.slice(slash + 1) };
}
