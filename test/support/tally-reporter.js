/** Closes the run with one plain line, `N passed, N failed`, whatever jest itself prints. */
export default class TallyReporter {
  onRunComplete(_contexts, results) {
    // A suite that could not even start has no tests to count; it counts as one failure.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests > 0 ? `, ${results.numPendingTests} skipped` : '';
    this.line = `${results.numPassedTests} passed, ${failed} failed${skipped}`;
    process.on('exit', () => process.stdout.write(`${this.line}\n`));
  }
}
