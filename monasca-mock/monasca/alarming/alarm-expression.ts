/**
 * A part of an alarm expression: `count(GE_Heartbeat{name=svc},deterministic,60) < 1 times 3`. Parts
 * are joined by `and`, `or` and parentheses. The mock parses expressions and never evaluates them.
 */
export type SubExpression = { metric: string; dimensions: string; isDeterministic: boolean };

type Parsed = { expressions: SubExpression[]; end: number };

const identifier = '[^\\s,(){}=<>"\\\\]{1,255}?';
const dimensionText = '[^,(){}=<>"\\\\]{1,255}?';
const dimensions = `\\{\\s*(?<dimensions>(?:${dimensionText}=${dimensionText}(?:,${dimensionText}=${dimensionText})*)?)\\s*\\}`;
const metric = `(?<metric>${identifier})\\s*(?:${dimensions})?`;
const comparison =
  '\\s*(?:<=|>=|<|>|lte?\\b|gte?\\b)\\s*-?\\d+(?:\\.\\d+)?(?:\\s*times\\s+(?<periods>\\d+))?';
const bare = new RegExp(`\\s*${metric}${comparison}`, 'iy');
const withFunction = new RegExp(
  `\\s*(?:max|min|avg|count|sum|last)\\s*\\(\\s*${metric}\\s*(?<deterministic>,\\s*deterministic\\s*)?(?:,\\s*(?<period>\\d+)\\s*)?\\)${comparison}`,
  'iy',
);
const operator = /\s*(?:and\b|or\b|&&|\|\|)/iy;

/** The parts of an expression; undefined for an invalid one. */
export function parseAlarmExpression(text: string): SubExpression[] | undefined {
  const parsed = parseSequence(text, 0);
  return parsed && text.slice(parsed.end).trim() === '' ? parsed.expressions : undefined;
}

function parseSequence(text: string, start: number): Parsed | undefined {
  const first = parseOperand(text, start);
  if (!first) return undefined;
  const expressions = [...first.expressions];
  let end = first.end;
  for (;;) {
    const joint = matchAt(operator, text, end);
    if (!joint) return { expressions, end };
    const next = parseOperand(text, joint.end);
    if (!next) return undefined;
    expressions.push(...next.expressions);
    end = next.end;
  }
}

function parseOperand(text: string, start: number): Parsed | undefined {
  const found = matchAt(withFunction, text, start) ?? matchAt(bare, text, start);
  if (found) {
    const { groups } = found;
    const period = Number(groups['period'] ?? 60);
    if (period === 0 || period % 60 !== 0 || Number(groups['periods'] ?? 1) < 1) return undefined;
    const expression = {
      metric: groups['metric'] ?? '',
      dimensions: groups['dimensions'] ?? '',
      isDeterministic: groups['deterministic'] !== undefined,
    };
    return { expressions: [expression], end: found.end };
  }
  const open = matchAt(/\s*\(/y, text, start);
  const inner = open && parseSequence(text, open.end);
  const close = inner && matchAt(/\s*\)/y, text, inner.end);
  return close && { expressions: inner.expressions, end: close.end };
}

function matchAt(pattern: RegExp, text: string, start: number) {
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  return match ? { groups: match.groups ?? {}, end: start + match[0].length } : undefined;
}
