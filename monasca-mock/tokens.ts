import type { IncomingMessage } from 'node:http';

/** What a token says about its bearer, as Keystone's middleware hands it on. */
export type Bearer = {
  userId: string;
  userName: string;
  projectId: string | undefined;
  projectName: string | undefined;
  roles: readonly string[];
};

/** undefined: the token is unknown, expired or revoked. */
export type ValidateToken = (tokenId: string) => Bearer | undefined;

export type PostedMetric = { name: string; dimensions?: Readonly<Record<string, string>> };

/**
 * Told of every post of metrics that is valid, before anything of it is stored: it is counted in
 * the request log. A text is the reason why the whole post is to be refused with 422.
 */
export type InspectMetrics = (
  request: IncomingMessage,
  metrics: readonly PostedMetric[],
) => string | undefined;
