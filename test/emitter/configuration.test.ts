import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { describeWith, findProgram } from '../support/programs.ts';
import { runEmitter, runProgram, script, settings, shells } from './run.ts';

const printed = (text: string): Record<string, string> => JSON.parse(text);

describeWith(['dash', 'bash', 'busybox'], 'the configuration of the emitter', () => {
  describe.each(shells)('under %s', (shell) => {
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
      'tab\tline\nreturn\rbell\u0007escape\u001bdelete\u007f',
      'ends with a line\n\n',
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

    it('escapes any text so that JSON.parse returns it unchanged', async () => {
      const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 });
      await fc.assert(
        fc.asyncProperty(
          text.filter((value) => !value.includes('\0')),
          async (value) => {
            const env = { ...good, GENERIC_ENABLER_ID: value };
            const run = await runEmitter(shell, env, { args: ['--print'] });
            expect(printed(run.out)['Enabler_ID']).toBe(value);
          },
        ),
        { numRuns: 60 },
      );
    });

    it('replaces bytes that are not UTF-8 as every decoder does', async () => {
      // Bytes that often begin, continue or break a sequence.
      const byte = fc.oneof(
        fc.constantFrom(0x41, 0x80, 0xa0, 0x9f, 0x8f, 0x90, 0xbf, 0xc0, 0xc2, 0xe0, 0xe1, 0xed),
        fc.constantFrom(0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff),
        fc.integer({ min: 1, max: 255 }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(byte, { maxLength: 12 }), async (bytes) => {
          // A last letter, because the shell that sets the variable removes final newlines.
          const octal = [...bytes, 0x78].map((value) => `\\0${value.toString(8)}`).join('');
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
          const expected = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
            Uint8Array.from([...bytes, 0x78]),
          );
          expect(printed(run.out)['Enabler_ID']).toBe(expected);
        }),
        { numRuns: 60 },
      );
    });
  });
});

describeWith(['shellcheck'], 'GE_Heartbeat.sh', () => {
  it('passes shellcheck as a script for any POSIX shell', async () => {
    const shellcheck = findProgram('shellcheck') ?? 'shellcheck';
    const run = await runProgram(shellcheck, ['--shell=sh', script]);
    expect(run).toEqual({ exitCode: 0, out: '', err: '' });
  });
});
