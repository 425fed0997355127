/** Ends the demo with a message for its user and without a stack trace, because it is not a bug. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}
