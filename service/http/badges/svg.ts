import type { Badge } from './badge.ts';

/** Longer texts are cut; the title of the image has all of them. */
const maxCharacters = 60;
const height = 20;
const padding = 6;

/** The badge as an SVG image, without scripts, styles and references. */
export function badgeSvg({ label, message, color }: Badge): string {
  const [left, right] = [boxOf(label), boxOf(message)];
  const width = left.width + right.width;
  const title = xmlText(`${label}: ${message}`);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" aria-label="${title}">` +
    `<title>${title}</title>` +
    `<rect width="${width}" height="${height}" rx="3" fill="#3d444d"/>` +
    `<path d="M${left.width} 0h${right.width - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-${right.width - 3}z" fill="#${color}"/>` +
    `<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">` +
    `${textElement(left, 0)}${textElement(right, left.width)}</g></svg>\n`
  );
}

type Box = { readonly text: string; readonly textWidth: number; readonly width: number };

/** The width of the text is set, so that it fits its box in any font. */
const textElement = ({ text, textWidth }: Box, x: number): string =>
  `<text x="${x + padding}" y="14" textLength="${textWidth}" lengthAdjust="spacingAndGlyphs" ` +
  `direction="ltr" unicode-bidi="isolate" xml:space="preserve">${xmlText(text)}</text>`;

function boxOf(content: string): Box {
  const characters = [...content];
  const isCut = characters.length > maxCharacters;
  const shown = isCut ? [...characters.slice(0, maxCharacters - 1), '…'] : characters;
  const textWidth = Math.max(1, Math.round(shown.reduce((sum, one) => sum + widthOf(one), 0)));
  return { text: shown.join(''), textWidth, width: textWidth + 2 * padding };
}

/** Width of a character in Verdana at 11 pixels, approximately. */
function widthOf(character: string): number {
  if (/[ijlI.,:;|!'()[\] -]/.test(character)) return 4.5;
  if (/[mwMW%@]/.test(character)) return 10;
  if (/[A-Z_]/.test(character)) return 8;
  return character < '\u2000' ? 7 : 11;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text of an element or attribute; characters that XML 1.0 excludes are replaced. */
const xmlText = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
