import { type Machine, malformed, type PlainValue } from './machine.ts';

type Operation = (machine: Machine) => void;

/** Most decimal digits, and most bytes, of a whole number: the time to read longer ones grows with their square. */
const maxDigits = 40;
const maxNumberBytes = 16;

const single = (letter: string): number => letter.charCodeAt(0);

/** Operations for plain data, by their codes; their names are those of Python's pickletools. */
export const operations: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  // PROTO, FRAME: the bytes that follow are read as they come.
  [0x80, ({ bytes }) => void bytes.byte()],
  [0x95, ({ bytes }) => void bytes.uint64()],
  // NONE, NEWTRUE, NEWFALSE
  [single('N'), (machine) => machine.push(null)],
  [0x88, (machine) => machine.push(true)],
  [0x89, (machine) => machine.push(false)],
  // INT, BININT, BININT1, BININT2, LONG, LONG1, LONG4, FLOAT, BINFLOAT
  [single('I'), (machine) => machine.push(intOf(machine.bytes.line()))],
  [single('J'), (machine) => machine.push(machine.bytes.int32())],
  [single('K'), (machine) => machine.push(machine.bytes.byte())],
  [single('M'), (machine) => machine.push(machine.bytes.uint16())],
  [single('L'), (machine) => machine.push(wholeNumber(machine.bytes.line().replace(/L$/, '')))],
  [0x8a, (machine) => machine.push(numberOf(machine.bytes.take(machine.bytes.byte())))],
  [0x8b, (machine) => machine.push(numberOf(machine.bytes.take(machine.bytes.int32())))],
  [single('F'), (machine) => machine.push(floatOf(machine.bytes.line()))],
  [single('G'), (machine) => machine.push(machine.bytes.double())],
  // STRING, BINSTRING, SHORT_BINSTRING, UNICODE, BINUNICODE, SHORT_BINUNICODE, BINUNICODE8
  [single('S'), (machine) => machine.push(quoted(machine.bytes.line()))],
  [single('T'), (machine) => machine.push(text(machine.bytes.take(machine.bytes.int32())))],
  [single('U'), (machine) => machine.push(text(machine.bytes.take(machine.bytes.byte())))],
  [single('V'), (machine) => machine.push(unescaped(machine.bytes.line()))],
  [single('X'), (machine) => machine.push(text(machine.bytes.take(machine.bytes.uint32())))],
  [0x8c, (machine) => machine.push(text(machine.bytes.take(machine.bytes.byte())))],
  [0x8d, (machine) => machine.push(text(machine.bytes.take(Number(machine.bytes.uint64()))))],
  // BINBYTES, SHORT_BINBYTES, BINBYTES8
  [single('B'), (machine) => machine.push(text(machine.bytes.take(machine.bytes.uint32())))],
  [single('C'), (machine) => machine.push(text(machine.bytes.take(machine.bytes.byte())))],
  [0x8e, (machine) => machine.push(text(machine.bytes.take(Number(machine.bytes.uint64()))))],
  // EMPTY_LIST, APPEND, APPENDS, LIST
  [single(']'), (machine) => machine.push([])],
  [single('a'), (machine) => append(machine, [machine.pop()])],
  [single('e'), (machine) => append(machine, machine.popMark())],
  [single('l'), (machine) => machine.push(machine.popMark())],
  // EMPTY_TUPLE, TUPLE, TUPLE1, TUPLE2, TUPLE3
  [single(')'), (machine) => machine.push([])],
  [single('t'), (machine) => machine.push(machine.popMark())],
  [0x85, (machine) => machine.push(popped(machine, 1))],
  [0x86, (machine) => machine.push(popped(machine, 2))],
  [0x87, (machine) => machine.push(popped(machine, 3))],
  // EMPTY_DICT, DICT, SETITEM, SETITEMS
  [single('}'), (machine) => machine.push(new Map())],
  [single('d'), (machine) => machine.push(setItems(new Map(), machine.popMark()))],
  [single('s'), (machine) => setItem(machine)],
  [single('u'), (machine) => addItems(machine)],
  // POP, DUP, MARK, POP_MARK
  [single('0'), (machine) => void machine.pop()],
  [single('2'), (machine) => machine.push(machine.top())],
  [single('('), (machine) => machine.mark()],
  [single('1'), (machine) => void machine.popMark()],
  // GET, BINGET, LONG_BINGET, PUT, BINPUT, LONG_BINPUT, MEMOIZE
  [single('g'), (machine) => machine.recall(keyOf(machine.bytes.line()))],
  [single('h'), (machine) => machine.recall(machine.bytes.byte())],
  [single('j'), (machine) => machine.recall(machine.bytes.uint32())],
  [single('p'), (machine) => machine.remember(keyOf(machine.bytes.line()))],
  [single('q'), (machine) => machine.remember(machine.bytes.byte())],
  [single('r'), (machine) => machine.remember(machine.bytes.uint32())],
  [0x94, (machine) => machine.rememberNext()],
]);

/** Python 2 writes booleans as the numbers 00 and 01. */
function intOf(line: string): PlainValue {
  if (line === '01') return true;
  return line === '00' ? false : wholeNumber(line);
}

function wholeNumber(digits: string): number | bigint {
  if (digits.length > maxDigits || !/^[+-]?\d+$/.test(digits))
    throw malformed('a number is not one');
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits.replace(/^\+/, ''));
}

/** Whole number of bytes in two's complement, the least significant one first. */
function numberOf(bytes: Buffer): number | bigint {
  if (bytes.length > maxNumberBytes) throw malformed('a number is too long');
  const digits = Buffer.from(bytes).reverse().toString('hex');
  const number = digits === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${digits}`));
  return wholeNumber(String(number));
}

function floatOf(line: string): number {
  if (!/^[+-]?(?:\d[\d.e+-]*|inf|nan)$/i.test(line)) throw malformed('a number is not one');
  return Number(line.replace(/inf/i, 'Infinity').replace(/nan/i, 'NaN'));
}

function keyOf(line: string): number {
  if (!/^\d{1,9}$/.test(line)) throw malformed('a reference is not a number');
  return Number(line);
}

/** Bytes of Python 2 may have any encoding; most are UTF-8. */
const text = (bytes: Buffer): string => bytes.toString('utf8');

/** A text in quotes as Python 2 prints it, with escapes for what is not ASCII. */
function quoted(line: string): string {
  const [match, , inner = ''] = /^(["'])(.*)\1$/.exec(line) ?? [];
  if (match === undefined) throw malformed('a text has no quotes');
  const bytes = inner.replace(/\\(x[0-9a-fA-F]{2}|.)/g, (_, code: string) =>
    code.startsWith('x') && code.length === 3
      ? String.fromCharCode(Number.parseInt(code.slice(1), 16))
      : (plainEscapes[code] ?? code),
  );
  return text(Buffer.from(bytes, 'latin1'));
}

const plainEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Python's raw-unicode-escape: only `\u` and `\U` are escapes. */
const unescaped = (line: string): string =>
  line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short?: string, long?: string) => {
    const point = Number.parseInt(short ?? long ?? '', 16);
    if (point > 0x10_ffff) throw malformed('a text has a character that does not exist');
    return String.fromCodePoint(point);
  });

function append(machine: Machine, values: readonly PlainValue[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw malformed('a value is added to what is no list');
  for (const value of values) list.push(value);
}

function popped(machine: Machine, count: number): PlainValue[] {
  return Array.from({ length: count }, () => machine.pop()).reverse();
}

function setItem(machine: Machine): void {
  const value = machine.pop();
  const key = machine.pop();
  addTo(machine.top(), [key, value]);
}

function addItems(machine: Machine): void {
  const items = machine.popMark();
  addTo(machine.top(), items);
}

function addTo(dict: PlainValue, items: readonly PlainValue[]): void {
  if (!(dict instanceof Map)) throw malformed('an item is added to what is no dictionary');
  setItems(dict, items);
}

function setItems(dict: Map<PlainValue, PlainValue>, items: readonly PlainValue[]) {
  if (items.length % 2 !== 0) throw malformed('a key has no value');
  for (let at = 0; at < items.length; at += 2) dict.set(items[at] ?? null, items[at + 1] ?? null);
  return dict;
}
