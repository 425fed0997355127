import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWith, findProgram } from '../support/programs.ts';
import { describeShells, runEmitter, runProgram, script, settings } from './run.ts';

const printed = (text: string): Record<string, string> => JSON.parse(text);

describeShells('the configuration of the emitter', ['dash'], (shell) => {
  const good = { ...settings('http://127.0.0.1:1/beat'), HEARTBEAT_INSTANCE: 'i-1' };

  it.each([
    ['HEARTBEAT_SERVICE_HOST', ''],
    ['HEARTBEAT_SERVICE_HOST', 'heartbeat:8080/beat'],
    ['HEARTBEAT_SERVICE_HOST', 'file:///etc/passwd'],
    ['HEARTBEAT_SERVICE_HOST', '-o/etc/passwd'],
    ['HEARTBEAT_SERVICE_HOST', 'http://a b/beat'],
    ['HEARTBEAT_SERVICE_HOST', 'http://a/beat\nhttp://b/beat'],
    ['GENERIC_ENABLER_ID', ''],
    ['GENERIC_ENABLER_ID', 'x'.repeat(1_021)],
    ['GENERIC_ENABLER_VERSION', ''],
    ['HEARTBEAT_INSTANCE', 'x'.repeat(1_021)],
    ['HEARTBEAT_TIMEOUT', '0'],
    ['HEARTBEAT_TIMEOUT', '61'],
    ['HEARTBEAT_TIMEOUT', '08'],
    ['HEARTBEAT_TIMEOUT', '1.5'],
    ['HEARTBEAT_TIMEOUT', '99999999999999999999'],
    ['HEARTBEAT_JITTER', '-1'],
    ['HEARTBEAT_JITTER', '1;id'],
    ['HEARTBEAT_INTERVAL', '0'],
    ['HEARTBEAT_INTERVAL', 'a[$(id)]'],
  ])('names %s when it is %j, and exits with 2', async (name, value) => {
    const run = await runEmitter(shell, { ...good, [name]: value });
    expect(run).toMatchObject({ exitCode: 2, out: '' });
    expect(run.err).toMatch(new RegExp(`^GE_Heartbeat\\.sh: ${name} .+\\n$`));
  });

  it('names a variable that is not set', async () => {
    const run = await runEmitter(shell, {});
    expect(run).toEqual({
      exitCode: 2,
      out: '',
      err: 'GE_Heartbeat.sh: GENERIC_ENABLER_ID is not set\n',
    });
  });

  it('prints the heartbeat without an address', async () => {
    const env = { ...good, HEARTBEAT_SERVICE_HOST: '' };
    const run = await runEmitter(shell, env, { args: ['--print'] });
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(printed(run.out)).toMatchObject({ ID: 'i-1', Enabler_ID: 'Orion' });
  });

  it('prints its help and its version, and rejects unknown options', async () => {
    const help = await runEmitter(shell, {}, { args: ['--help'] });
    expect(help).toMatchObject({ exitCode: 0, err: '' });
    expect(help.out).toContain('HEARTBEAT_SERVICE_HOST');
    const version = await runEmitter(shell, {}, { args: ['--version'] });
    expect(version.out).toMatch(/^GE_Heartbeat\.sh \d+\.\d+\.\d+\n$/);
    const unknown = await runEmitter(shell, {}, { args: ['--send'] });
    expect(unknown).toMatchObject({ exitCode: 2, out: '' });
  });

  it.each([
    'a"b\\c',
    `'; rm -rf / #`,
    '$(id) `id` $HOME $0 %s %n \\0101',
    '-n',
    '@/etc/passwd',
    '","Timestamp":"0',
    'żółć 日本語 👩‍👩‍👧 \u2028',
    '*',
  ])('escapes %j', async (text) => {
    const env = {
      GENERIC_ENABLER_ID: text,
      GENERIC_ENABLER_VERSION: text,
      HEARTBEAT_INSTANCE: text,
    };
    const run = await runEmitter(shell, env, { args: ['--print'] });
    expect(run).toMatchObject({ exitCode: 0, err: '' });
    expect(printed(run.out)).toEqual({
      ID: text,
      Enabler_ID: text,
      Enabler_Version: text,
      Timestamp: expect.stringMatching(/^\d{13}$/),
    });
  });

  it.each([
    ['a tab', 'a\tb', 'U+0009'],
    ['a line at its end', 'Orion\n', 'U+000A'],
    ['the end of a line of Windows', 'Orion\r', 'U+000D'],
    ['an escape', '\u001b[2J', 'U+001B'],
    ['a delete', 'a\u007f', 'U+007F'],
    ['the first of the second block', 'a\u0080', 'U+0080'],
    ['the last of the second block', 'a\u009f', 'U+009F'],
  ])('names the control character where a name has %s', async (_title, value, point) => {
    for (const name of ['GENERIC_ENABLER_ID', 'GENERIC_ENABLER_VERSION', 'HEARTBEAT_INSTANCE']) {
      const run = await runEmitter(shell, { ...good, [name]: value }, { args: ['--print'] });
      expect(run).toEqual({
        exitCode: 2,
        out: '',
        err: `GE_Heartbeat.sh: ${name} contains a control character, ${point}\n`,
      });
    }
  });

  it.each(['HEARTBEAT_TOKEN', 'HEARTBEAT_STATE_DIR', 'HEARTBEAT_SERVICE_HOST'])(
    'names %s where it has a control character',
    async (name) => {
      const run = await runEmitter(shell, { ...good, [name]: `a\rb` });
      expect(run).toEqual({
        exitCode: 2,
        out: '',
        err: `GE_Heartbeat.sh: ${name} contains a control character\n`,
      });
    },
  );

  it.each([' Orion', 'Orion ', ' '])(
    'rejects %j for the white space at its ends',
    async (value) => {
      const run = await runEmitter(shell, { ...good, GENERIC_ENABLER_ID: value });
      expect(run).toEqual({
        exitCode: 2,
        out: '',
        err: 'GE_Heartbeat.sh: GENERIC_ENABLER_ID begins or ends with white space\n',
      });
    },
  );

  it('escapes any text so that JSON.parse returns it unchanged', async () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        text.filter((value) => !/\p{Cc}/u.test(value) && !/^ | $/.test(value)),
        async (value) => {
          const env = { ...good, GENERIC_ENABLER_ID: value };
          const run = await runEmitter(shell, env, { args: ['--print'] });
          expect(printed(run.out)['Enabler_ID']).toBe(value);
        },
      ),
      { numRuns: 60 },
    );
  });

  /** The name that is printed for these bytes, and the one that every decoder reads. */
  async function printBytes(bytes: readonly number[]) {
    // A last letter, because the shell that sets the variable removes final newlines.
    const all = [...bytes, 0x78];
    const octal = all.map((value) => `\\0${value.toString(8)}`).join('');
    const [program = '', ...rest] = shell.split(' ');
    const run = await runProgram(
      findProgram('dash') ?? 'dash',
      [
        '-c',
        'bytes=$1; shift; GENERIC_ENABLER_ID=$(printf %b "$bytes") exec "$@"',
        'dash',
        octal,
        ...[program, ...rest, script, '--print'],
      ],
      { env: { PATH: process.env['PATH'] ?? '', ...good } },
    );
    // Decoding replaces what is not UTF-8: only escapes show that the script did it.
    expect(run.out).not.toContain('\ufffd');
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    return {
      name: printed(run.out)['Enabler_ID'],
      expected: decoder.decode(Uint8Array.from(all)),
    };
  }

  it.each([
    ['the first surrogate', [0xed, 0xa0, 0x80], 3],
    ['the last surrogate', [0xed, 0xbf, 0xbf], 3],
    ['a pair of surrogates', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80], 6],
    ['an overlong slash of two bytes', [0xc0, 0xaf], 2],
    ['an overlong form of three bytes', [0xe0, 0x9f, 0xbf], 3],
    ['an overlong form of four bytes', [0xf0, 0x8f, 0xbf, 0xbf], 4],
    ['what lies beyond the last character', [0xf4, 0x90, 0x80, 0x80], 4],
    ['a sequence that is cut', [0xe2, 0x82], 1],
  ])('replaces %s', async (_title, bytes, replacements) => {
    const { name, expected } = await printBytes(bytes);
    expect(name).toBe(expected);
    expect(name).toBe(`${'\ufffd'.repeat(replacements)}x`);
  });

  it.each(['\ud7ff', '\ue000', '\u{10ffff}', '\u0800', '\u{10000}', '\u00a0'])(
    'leaves the valid neighbour %j as it is',
    async (character) => {
      const { name } = await printBytes([...new TextEncoder().encode(character)]);
      expect(name).toBe(`${character}x`);
    },
  );

  it('replaces bytes that are not UTF-8 as every decoder does', async () => {
    // Bytes that often begin, continue or break a sequence.
    const byte = fc.oneof(
      fc.constantFrom(0x41, 0x80, 0xa0, 0x9f, 0x8f, 0x90, 0xbf, 0xc0, 0xc2, 0xe0, 0xe1, 0xed),
      fc.constantFrom(0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff),
      fc.integer({ min: 0x21, max: 255 }).filter((value) => value !== 0x7f),
    );
    const hasControl = (bytes: number[]) =>
      bytes.some((value, at) => value === 0xc2 && (bytes[at + 1] ?? 0x78) < 0xa0);
    await fc.assert(
      fc.asyncProperty(
        fc.array(byte, { maxLength: 12 }).filter((bytes) => !hasControl(bytes)),
        async (bytes) => {
          const { name, expected } = await printBytes(bytes);
          expect(name).toBe(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describeWith(['shellcheck'], 'GE_Heartbeat.sh', () => {
  it('passes shellcheck as a script for any POSIX shell', async () => {
    const shellcheck = findProgram('shellcheck') ?? 'shellcheck';
    const run = await runProgram(shellcheck, ['--shell=sh', script]);
    expect(run).toEqual({ exitCode: 0, out: '', err: '' });
  });
});
