import { parseSync } from '@swc/core';
import type { SourceFile } from './source-file.ts';

export type LongFunction = {
  readonly path: string;
  readonly name: string;
  /** From the line of its name to the one of its closing brace. */
  readonly lines: number;
};

const functionTypes = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'ClassMethod',
  'PrivateMethod',
  'MethodProperty',
  'Constructor',
  'GetterProperty',
  'SetterProperty',
]);

/** The functions of a file with more than `maxLines` lines; one inside another counts by itself. */
export function longFunctions({ path, text }: SourceFile, maxLines: number): LongFunction[] {
  const bytes = Buffer.from(text);
  const module = parseSync(text, {
    syntax: 'typescript',
    target: 'esnext',
    tsx: path.endsWith('.tsx'),
  });
  // Spans are byte offsets that grow from parse to parse; the first statement of a parse is found
  // by the start of the module, which skips leading comments.
  const found: LongFunction[] = [];
  const base = module.span.start - leadingBytes(text);
  visit(module, undefined);
  return found;

  function visit(node: unknown, name: string | undefined): void {
    if (Array.isArray(node)) {
      for (const one of node) visit(one, name);
      return;
    }
    if (!isNode(node)) return;
    const own = nameOf(node) ?? name;
    if (functionTypes.has(node.type ?? '') && node.span) {
      const lines = linesBetween(node.span.start - base, node.span.end - base);
      if (lines > maxLines) found.push({ path, name: own ?? '(anonymous)', lines });
    }
    for (const [key, value] of Object.entries(node)) {
      if (key !== 'span') visit(value, functionTypes.has(node.type ?? '') ? undefined : own);
    }
  }

  function linesBetween(start: number, end: number): number {
    let lines = 1;
    for (let at = start; at < end; at++) if (bytes[at] === 10) lines++;
    return lines;
  }
}

type AstNode = {
  readonly type?: string;
  readonly span?: { readonly start: number; readonly end: number };
  readonly identifier?: { readonly value?: string } | null;
  readonly id?: { readonly value?: string } | null;
  readonly key?: { readonly value?: unknown; readonly id?: { readonly value?: string } };
};

const isNode = (value: unknown): value is AstNode => typeof value === 'object' && value !== null;

function nameOf({ type, identifier, id, key }: AstNode): string | undefined {
  if (type === 'Constructor') return 'constructor';
  const value = identifier?.value ?? id?.value ?? key?.value ?? key?.id?.value;
  return typeof value === 'string' ? value : undefined;
}

/** Bytes of white space and comments before the first statement. */
function leadingBytes(text: string): number {
  const [leading = ''] = /^(?:\s|\/\/.*\n|\/\*[\s\S]*?\*\/)*/.exec(text) ?? [];
  return Buffer.byteLength(leading);
}
