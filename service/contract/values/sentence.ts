/** A text with the full stop of a sentence; messages of other programs have their own, or none. */
export const toSentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
