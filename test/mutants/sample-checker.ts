import { type CheckResult, CheckStatus } from '@stryker-mutator/api/check';
import type { Mutant, StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import { z } from 'zod';
import { faultKey } from './sample.ts';

const optionsSchema = z.object({ sampledFaults: z.array(z.string()) });

/** Lets only the faults of the sample run; Stryker sees the others as such that do not compile. */
class SampleChecker {
  static readonly inject = tokens(commonTokens.options);
  readonly #sampled: ReadonlySet<string>;

  constructor(options: StrykerOptions) {
    this.#sampled = new Set(optionsSchema.parse(options).sampledFaults);
  }

  async init(): Promise<void> {}

  async check(mutants: readonly Mutant[]): Promise<Record<string, CheckResult>> {
    return Object.fromEntries(
      mutants.map((mutant): [string, CheckResult] => [
        mutant.id,
        this.#sampled.has(faultKey(mutant))
          ? { status: CheckStatus.Passed }
          : { status: CheckStatus.CompileError, reason: 'not in the sample' },
      ]),
    );
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Checker, 'sample', SampleChecker)];
