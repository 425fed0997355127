import got from 'got';

/** Client of the demo: a failed request is reported or counted, and never repeated unseen. */
export const http = got.extend({ timeout: { request: 5_000 }, retry: { limit: 0 } });
