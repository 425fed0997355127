import { parseSync } from '@swc/core';

/** One piece of text that people read, and the line on which it begins. */
export type Prose = { readonly line: number; readonly text: string };

/** The comments of a TypeScript file, and its string literals that hold more than one word. */
export function proseOfTypeScript(text: string, { tsx = false } = {}): Prose[] {
  const literals = new Set<string>();
  visitStrings(parseSync(text, { syntax: 'typescript', target: 'esnext', tsx }), literals);
  const isSentence = (literal: string) =>
    /\w \w/.test(literal) || /^[a-z]+_[a-z_.]+$/.test(literal);
  return [
    ...[...text.matchAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm)].map(({ 0: comment, index }) => ({
      line: lineAt(text, index),
      text: comment.replaceAll(/^\s*(?:\/\*\*?|\*\/|\*|\/\/) ?/gm, '').replace(/\*\/$/, ''),
    })),
    ...[...literals].filter(isSentence).map((literal) => ({
      line: lineAt(text, Math.max(0, text.indexOf(literal))),
      text: literal,
    })),
  ];
}

/** The text of a Markdown page without its code blocks, spans of code and addresses. */
export function proseOfMarkdown(text: string): Prose[] {
  const withoutCode = text
    .replaceAll(/^```[\s\S]*?^```/gm, blank)
    .replaceAll(/<!--[\s\S]*?-->/g, blank)
    .replaceAll(/`[^`\n]*`/g, '…')
    .replaceAll(/\]\([^)]*\)/g, ']');
  return withoutCode.split(/\n(?=\s*\n)/).reduce<{ line: number; found: Prose[] }>(
    ({ line, found }, block) => ({
      line: line + block.split('\n').length - 1 + 1,
      found: [...found, { line, text: block }],
    }),
    { line: 1, found: [] },
  ).found;
}

/** The comments of a shell script or of YAML. */
export function proseOfComments(text: string): Prose[] {
  return text
    .split('\n')
    .flatMap((one, at) => (/^\s*#[^!]/.test(one) ? [{ line: at + 1, text: one }] : []));
}

const blank = (block: string) => block.replaceAll(/[^\n]/g, '');

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;

const isText = (type: unknown): boolean => type === 'StringLiteral' || type === 'JSXText';

function visitStrings(node: unknown, literals: Set<string>): void {
  if (Array.isArray(node)) {
    for (const one of node) visitStrings(one, literals);
  } else if (typeof node === 'object' && node !== null) {
    if ('type' in node && isText(node.type) && 'value' in node) {
      literals.add(String(node.value));
    } else if ('type' in node && node.type === 'TemplateElement' && 'raw' in node) {
      literals.add(String(node.raw));
    } else {
      for (const value of Object.values(node)) visitStrings(value, literals);
    }
  }
}
