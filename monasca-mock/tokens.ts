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
