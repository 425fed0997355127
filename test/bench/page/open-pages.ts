/** The requests of open pages, without a browser: the snapshot once, then the stream. */
export async function openPages(port: number, count: number): Promise<() => void> {
  const closing = new AbortController();
  const { signal } = closing;
  const api = `http://127.0.0.1:${port}/api/v1`;
  await Promise.all(
    Array.from({ length: count }, async () => {
      await (await fetch(`${api}/overview`, { signal })).arrayBuffer();
      const stream = await fetch(`${api}/events/stream?states=true`, { signal });
      void drain(stream).catch(() => undefined);
    }),
  );
  return () => closing.abort();
}

async function drain({ body }: Response): Promise<void> {
  if (body) for await (const _ of body);
}
