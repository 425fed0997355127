/**
 * Words that documents, texts of the program and comments do not use, each with plain ones. A
 * pattern is matched as whole words, in any case. `except` names the places that need the word.
 */
export type BannedWord = {
  readonly words: string;
  readonly instead: string;
  /** Matches that are right, as whole words around the match. */
  readonly except?: string;
};

/** Files that need the words: recordings, licences, this list. */
export const exceptions: readonly RegExp[] = [
  /^test\/fixtures\//,
  /^test\/(?:words\.test|support\/banned-words)\.ts$/,
];

/** The first word of a comment, a heading, a cell or a text. */
const atStart = '(?<=^[\\s#*/-]*)';

export const bannedWords: readonly BannedWord[] = [
  {
    words: 'mass[ _-]silences?|fell silent|falls? silent|fallen silent|falling silent',
    instead: 'mass outage, absent, stops sending',
  },
  {
    words: 'looks? for silence|silence is looked for|silent',
    instead: 'evaluation, absent',
    except: 'trace, silent',
  },
  { words: 'told|untold|tells?|telling|teller', instead: 'report, notify, say' },
  { words: 'aloud|hushed|ears?', instead: 'notified, silenced' },
  { words: 'hears?|heard|hearing', instead: 'receive' },
  { words: 'asks?|asked|asking', instead: 'request, query' },
  { words: 'desks?|shelf|shelves|shelved?', instead: 'parameters, dead letter queue' },
  { words: 'crowds?|patience|company', instead: 'many, time limit, group' },
  { words: 'insists?|bells?', instead: 'retry forever, signal' },
  {
    words: 'strangers?|goodbyes?|deaf|storms?',
    instead: 'untrusted, stopping, rejecting, mass outage',
  },
  { words: 'ticks?|sweeps?', instead: 'evaluation' },
  {
    words: 'whoever|whom|nobody|somebody|anybody|everybody',
    instead: 'client, operator, recipient, none',
  },
  { words: 'those (?:who|that|which|of whom)', instead: 'the noun that is meant' },
  { words: 'lest|upon|of late|by right|for want of|all the same|thereof', instead: 'plain words' },
  {
    words: 'let in|lets in|is good for|are good for|be good for',
    instead: 'accept, authorize, valid',
  },
  { words: `${atStart}who`, instead: 'a noun phrase or a verb' },
  {
    words: `${atStart}(?:those|whatever|whichever|all that)`,
    instead: 'a noun phrase or a verb',
  },
  { words: '(?:stands?|stood) in', except: 'stands? in for', instead: 'is in, is written in' },
  { words: '(?:comes?|came|coming) back', instead: 'return, respond again' },
  { words: '(?:goes?|went|going) out', instead: 'send' },
  { words: '(?:gets?|got|getting) rid', instead: 'deliver, remove' },
  {
    words: '(?<=, )for (?:it|they|there|then|nothing|this|that|its|their|these)(?= \\w+)',
    except: ', for (?:this|that|these) \\w+ (?:alone|only)',
    instead: 'because, since',
  },
  { words: '(?:but|save) for', instead: 'except' },
  { words: 'accus(?:e|es|ed|ing|ations?)', instead: 'report as absent' },
  { words: 'says? (?:nothing )?of', instead: 'report' },
  { words: '(?:finds?|found|finding) out|learns? of', instead: 'detect, determine' },
  { words: 'falls? due', instead: 'is due, expires' },
  {
    words: 'lanes?|subtrees?|letGo',
    except: 'subtree: true',
    instead: 'raw route, mount, release',
  },
  { words: 'discretion', instead: 'rate limit, redact' },
  { words: 'rigs?|fates?|worlds?', except: 'outside world', instead: 'fixture, scenario, result' },
];

/** Words that are no part of a file name or of an exported name, with plain ones. */
export const bannedNames: readonly { readonly words: string; readonly instead: string }[] = [
  { words: 'ask asks asked asking', instead: 'query, request' },
  { words: 'tell tells told untold telling teller ears hushed aloud', instead: 'report, notify' },
  { words: 'sweep moment', instead: 'evaluation, time' },
  { words: 'lane lanes subtree desk', instead: 'raw route, mount, parameters' },
  { words: 'crowd company patience insist shelf shelve', instead: 'group, time limit, retry' },
  { words: 'paces discretion stranger', instead: 'rate limit, redact, untrusted' },
  { words: 'goodbye deaf storm', instead: 'stopping, rejecting, mass outage' },
  { words: 'rig world peer fate fates hostile', instead: 'fixture, test server, scenario' },
  { words: 'cast sight guests farewell', instead: 'roles, snapshot, shutdown' },
];
