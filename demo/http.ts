import got from 'got';

/** Client of the demo; unless a caller wants it, a failed request is not repeated. */
export const http = got.extend({ timeout: { request: 5_000 }, retry: { limit: 0 } });
