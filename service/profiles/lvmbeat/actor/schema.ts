const text = { type: 'string' };
const texts = { oneOf: [{ type: 'array', items: text }, text] };
const failure = {
  oneOf: [
    ...texts.oneOf,
    {
      type: 'object',
      properties: {
        module: text,
        type: text,
        message: text,
        filename: { oneOf: [text, { type: 'null' }] },
        lineno: { oneOf: [{ type: 'integer' }, { type: 'null' }] },
        traceback: texts,
      },
    },
  ],
};
const time = (title: string, description: string) => ({
  anyOf: [text, { type: 'null' }],
  description,
  title,
});

/** Schema of the replies, as clu's programs publish theirs. */
export const replySchema = {
  $defs: {
    HeartbeatSchema: {
      description: 'Schema for a heartbeat.',
      properties: {
        current: {
          description: 'Whether the heartbeat has been seen and is active.',
          title: 'Current',
          type: 'boolean',
        },
        last_seen: time('Last Seen', 'ISO date of the last time the heartbeat was seen.'),
      },
      required: ['current', 'last_seen'],
      title: 'HeartbeatSchema',
      type: 'object',
    },
  },
  description: 'Reply schema for :obj:`.BeatActor`.',
  properties: {
    heartbeats: {
      additionalProperties: { $ref: '#/$defs/HeartbeatSchema' },
      description: 'Status of the component heartbeats.',
      title: 'Heartbeats',
      type: 'object',
    },
    last_emitted_ecp: time('Last Emitted Ecp', 'ISO date of the last hearbeat sent to the ECP.'),
    last_emitted_outside: time(
      'Last Emitted Outside',
      'ISO date of the last successful heartbeat sent to the outside world monitoring tool.',
    ),
    network: {
      additionalProperties: { type: 'boolean' },
      description: 'Network status.',
      title: 'Network',
      type: 'object',
    },
    text,
    schema: text,
    version: text,
    help: texts,
    error: failure,
    exception: failure,
    exception_info: failure,
    yourUserID: { type: 'integer' },
    UserInfo: { type: 'array', items: [{ type: 'integer' }, text] },
    num_users: { type: 'integer' },
    command_model: { oneOf: [{ type: 'array' }, { type: 'object' }] },
  },
  title: 'BeatKeywordSchema',
  type: 'object',
  additionalProperties: false,
};

/** The schema of a keyword for people, one text a line; undefined if there is none of that name. */
export function describeKeyword(keyword: string): string[] | undefined {
  const found = Object.entries(replySchema.properties).find(([name]) => name === keyword);
  if (found === undefined) return undefined;
  const lines = JSON.stringify(found[1], undefined, 2).split('\n');
  const width = Math.max(...lines.map((line) => line.length));
  lines[0] = `${keyword} = ${lines[0]}`;
  return lines.map((line) => line.replaceAll('"', '').padEnd(width));
}
