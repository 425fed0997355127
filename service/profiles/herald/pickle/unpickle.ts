import { ByteReader, EndOfBytes } from './byte-reader.ts';
import { Machine, type PlainValue, RefusedPickle } from './machine.ts';
import { operations } from './operations.ts';

/**
 * Value of a pickle (protocols 0 to 5) that holds plain data: texts, numbers, booleans, None, and
 * lists, tuples and dictionaries of these. Any other operation (a name of a class or a function, a
 * call, a persistent id) is refused before it has an effect: this reader knows none.
 *
 * The work is bounded by the number of bytes: each operation reads at least one and makes at most one
 * value, and values that are used more than once are shared, not copied. Throws `RefusedPickle`.
 */
export function unpickle(bytes: Buffer): PlainValue {
  const reader = new ByteReader(bytes);
  const machine = new Machine(reader);
  try {
    for (;;) {
      const code = reader.byte();
      if (code === stop) return endOf(machine, reader);
      const operation = operations.get(code);
      if (!operation) throw new RefusedPickle('not-plain-data', describe(code));
      operation(machine);
    }
  } catch (error) {
    if (error instanceof EndOfBytes) throw new RefusedPickle('malformed', 'it ends early');
    throw error;
  }
}

const stop = 0x2e;

function endOf(machine: Machine, reader: ByteReader): PlainValue {
  const value = machine.pop();
  if (!machine.isEmpty || reader.left > 0) {
    throw new RefusedPickle('malformed', 'something is left at its end');
  }
  return value;
}

const describe = (code: number): string =>
  `it has the operation 0x${code.toString(16).padStart(2, '0')}, which is not for plain data`;
