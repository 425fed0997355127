import { RE2JS } from 're2js';

/** Whether a text contains a match. */
export type Pattern = (text: string) => boolean;

/**
 * A regular expression that is searched for anywhere in a text; case matters. RE2 reads nearly all
 * that Python does (`(?i)`, `(?P<name>…)`) and takes linear time. JavaScript reads the rest, which is
 * lookaround and references. Throws for anything else.
 */
export function createPattern(source: string): Pattern {
  try {
    const compiled = RE2JS.compile(source);
    return (text) => compiled.matcher(text).find();
  } catch {
    const compiled = new RegExp(source, 'u');
    return (text) => compiled.test(text);
  }
}

export function isPattern(source: string): boolean {
  try {
    createPattern(source);
    return true;
  } catch {
    return false;
  }
}
