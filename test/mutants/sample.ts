import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Instrumenter } from '@stryker-mutator/instrumenter';

/** A single fault: what stands at a place of a file instead of the original. */
export type Fault = {
  readonly fileName: string;
  readonly location: { readonly start: Position; readonly end: Position };
  readonly replacement: string;
  readonly mutatorName: string;
};

type Position = { readonly line: number; readonly column: number };

/** Texts are for people; a test that pins each of them proves nothing. */
export const excludedMutations = ['StringLiteral'];

/** Identifies a fault in any process and any folder. */
export function faultKey({ fileName, location, replacement, mutatorName }: Fault): string {
  const { start, end } = location;
  const file = /(?:^|\/)((?:service|grafana|monasca-mock|receiver)\/.*)$/.exec(fileName)?.[1];
  return [file, start.line, start.column, end.line, end.column, mutatorName, replacement].join(' ');
}

/** All faults of the files, in an order that only the seed decides. */
export async function allFaults(files: readonly string[], seed: number): Promise<Fault[]> {
  const silent = () => undefined;
  const instrumenter = new Instrumenter({
    ...{ isDebugEnabled: () => false, isTraceEnabled: () => false, isInfoEnabled: () => false },
    ...{ isWarnEnabled: () => false, isErrorEnabled: () => false, isFatalEnabled: () => false },
    ...{ debug: silent, trace: silent, info: silent, warn: silent, error: silent, fatal: silent },
  });
  const { mutants } = await instrumenter.instrument(
    files.map((name) => ({ name, mutate: true, content: readFileSync(name, 'utf8') })),
    { excludedMutations, ignorers: [], plugins: null },
  );
  const order = (fault: Fault) =>
    createHash('sha256')
      .update(`${seed} ${faultKey(fault)}`)
      .digest('hex');
  return mutants
    .filter(({ status }) => status !== 'Ignored')
    .map((fault) => ({ fault, order: order(fault) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ fault }) => fault);
}
