/** A frame of a stream of server-sent events; one without data tells the position alone. */
export type Frame = { readonly id?: string; readonly data?: string };

/** The frames of a stream (html.spec.whatwg.org, 9.2.6), as far as this service uses them. */
export async function* readFrames(body: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const frames = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) yield readFrame(frame);
  }
}

function readFrame(text: string): Frame {
  const fields = new Map(
    text.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const id = fields.get('id');
  const data = fields.get('data');
  return { ...(id === undefined ? {} : { id }), ...(data === undefined ? {} : { data }) };
}
