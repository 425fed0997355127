/** What ends the demo and is told to its user as it is: no stack, for nothing here is a bug. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}
