/*
 * CSV as of RFC 4180, harmless in a spreadsheet. Names and reasons come from the network, and a
 * spreadsheet evaluates a cell that begins with =, +, - or @ as a formula, also after white space.
 * Where the list separator is a semicolon, it splits cells at semicolons and takes quotes within them
 * for text. So each text that would begin a formula gets an apostrophe in front of it. Numbers are
 * unchanged.
 */

/** Where a cell of a spreadsheet may begin; quotes, and white space visible or not; then a formula. */
const formula =
  /(^|[;\t\n\r])([\s"\u200b-\u200f\u2060\u00ad\ufeff]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])/gu;

export const withoutFormulas = (text: string): string => text.replace(formula, "$1$2'");

/** Options of csv-stringify. */
export const csvOptions = {
  cast: { boolean: String, string: withoutFormulas },
  // Separators of other dialects too.
  quoted_match: /[;\t]/,
};

/** Excel takes a file for UTF-8 if it begins with this. */
export const byteOrderMark = '\ufeff';
