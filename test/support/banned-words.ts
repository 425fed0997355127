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
  { words: 'rawRoutes?|subtrees?', instead: 'raw route, mount' },
  {
    words: 'desks?|deadLetters|deadLetterQueues|shelved?',
    instead: 'parameters, dead letter queue',
  },
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
];
