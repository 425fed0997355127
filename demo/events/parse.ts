/** A server-sent event, as the HTML standard defines it (html.spec.whatwg.org, 9.2). */
export type SentEvent = { readonly id: string; readonly type: string; readonly data: string };

export type Parsed = {
  readonly events: readonly SentEvent[];
  /** Where a reader that is cut off goes on; frames without an event move it too. */
  readonly lastEventId: string;
  /** The frame that has begun: it stands before what comes next. */
  readonly rest: string;
};

/** The complete frames of a text that continues behind `lastEventId`. */
export function parseEvents(text: string, lastEventId: string): Parsed {
  const frames = text.split(/\r?\n\r?\n/);
  const rest = frames.pop() ?? '';
  const events: SentEvent[] = [];
  let id = lastEventId;
  for (const frame of frames) {
    const fields = frame.split(/\r?\n/).map(fieldOf);
    const all = (name: string) =>
      fields.filter(([field]) => field === name).map(([, text]) => text);
    id = all('id').at(-1) ?? id;
    const data = all('data');
    const type = all('event').at(-1) ?? 'message';
    if (data.length > 0) events.push({ id, type, data: data.join('\n') });
  }
  return { events, lastEventId: id, rest };
}

/** A line that begins with a colon is a comment: a field without a name. */
function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  if (colon < 0) return [line, ''];
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}
