import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import type { Location, MutantResult } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { z } from 'zod';
import { type Room, rooms } from './rooms.ts';
import { allFaults, excludedMutations, faultKey } from './sample.ts';

/** Puts a seeded sample of single faults into one room, and lists the faults that no test notices. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
  },
});
const [name = ''] = positionals;
const room = rooms[name];
if (!room) {
  process.stderr.write(`Which room? ${Object.keys(rooms).join(', ')}\n`);
  process.exit(64);
}

const files = await filesOf(room);
const faults = await allFaults(files, Number(values.seed));
const sample = faults.slice(0, Number(values.sample));
process.stdout.write(`${name}: ${sample.length} of ${faults.length} faults, seed ${values.seed}\n`);
const sampled = new Set(sample.map(faultKey));
report((await run(room)).filter((result) => sampled.has(keyOf(result))));

async function filesOf({ sources }: Room): Promise<string[]> {
  const found: string[] = [];
  for (const source of sources) {
    for await (const file of glob(`${source}/**/*.ts`)) found.push(file);
  }
  return found.sort();
}

async function run({ tests, slowTests = [] }: Room): Promise<MutantResult[]> {
  const stryker = new Stryker({
    testRunner: 'jest',
    testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
    jest: {
      projectType: 'custom',
      // It does not find tests that start the whole service.
      enableFindRelatedTests: false,
      config: {
        ...(await jestConfig()),
        testMatch: tests.map((start) => `<rootDir>/${start}**/*.test.ts`),
        testPathIgnorePatterns: slowTests.map((file) => `<rootDir>/${file}`),
        reporters: [],
      },
    },
    plugins: ['@stryker-mutator/jest-runner', `${import.meta.dirname}/sample-checker.ts`],
    checkers: ['sample'],
    mutate: [...new Set(sample.map(({ fileName }) => fileName))],
    mutator: { plugins: null, excludedMutations },
    coverageAnalysis: 'perTest',
    concurrency: Number(values.workers),
    timeoutMS: 5_000,
    tempDirName: '.mutants',
    // TypeScript 7 has no interface for programs, with which Stryker would rewrite this file.
    tsconfigFile: 'none',
    disableTypeChecks: false,
    // Stryker does not know the option of the checker.
    warnings: {
      unknownOptions: false,
      preprocessorErrors: true,
      unserializableOptions: true,
      slow: true,
    },
    reporters: ['progress-append-only'],
    allowConsoleColors: false,
    sampledFaults: sample.map(faultKey),
  });
  return stryker.runMutationTest();
}

/** The configuration of all tests; it is JavaScript, of which TypeScript knows no types. */
async function jestConfig(): Promise<Record<string, unknown>> {
  const file = '../../jest.config.js';
  return z.object({ default: z.record(z.string(), z.unknown()) }).parse(await import(file)).default;
}

/** A result has its place counted from 1, a fault from 0. */
function keyOf({ fileName, location, replacement = '', mutatorName }: MutantResult): string {
  const from1 = ({ line, column }: Location['start']) => ({ line: line - 1, column: column - 1 });
  const { start, end } = location;
  return faultKey({
    ...{ fileName, replacement, mutatorName },
    location: { start: from1(start), end: from1(end) },
  });
}

function report(results: readonly MutantResult[]): void {
  const of = (...statuses: readonly string[]) =>
    results.filter(({ status }) => statuses.includes(status));
  const caught = of('Killed', 'Timeout', 'RuntimeError').length;
  for (const { fileName, location, replacement = '', mutatorName, status } of of(
    'Survived',
    'NoCoverage',
  )) {
    const { line } = location.start;
    const original = readFileSync(fileName, 'utf8').split('\n')[line - 1] ?? '';
    const file = relative(process.cwd(), fileName);
    process.stdout.write(
      `\n${status}: ${file}:${line}:${location.start.column} ${mutatorName}\n` +
        `  ${original.trim()}\n  → ${replacement.replaceAll(/\s+/g, ' ')}\n`,
    );
  }
  const percent = Math.floor((caught / results.length) * 1_000) / 10;
  process.stdout.write(`\n${name}: ${caught} of ${results.length} caught, ${percent} %\n`);
}
