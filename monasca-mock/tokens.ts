/** What Keystone's middleware reports about the bearer of a token. */
export type Bearer = { projectId: string | undefined; roles: readonly string[] };

/** Undefined for a token that is unknown, expired or revoked. */
export type ValidateToken = (tokenId: string) => Bearer | undefined;
