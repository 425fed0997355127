import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { describeWith, findProgram } from './programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('findProgram', () => {
  it('finds a program on the path', () => {
    expect(findProgram('sh')).toMatch(/^\/.*\/sh$/);
  });

  it('does not take a folder or an unknown name for a program', () => {
    expect(findProgram('.')).toBeUndefined();
    expect(findProgram('no-such-program-anywhere')).toBeUndefined();
  });

  describe('with a variable that names the program', () => {
    const before = process.env['ALERTMANAGER'];
    afterEach(() => {
      if (before === undefined) delete process.env['ALERTMANAGER'];
      else process.env['ALERTMANAGER'] = before;
    });
    const folderWith = (...names: string[]) => {
      const folder = temporaryFolder();
      for (const name of names) writeFileSync(join(folder, name), '#!/bin/sh\n', { mode: 0o755 });
      process.env['ALERTMANAGER'] = join(folder, 'alertmanager');
      return folder;
    };

    it('takes it, and the tool beside it, before those on the path', () => {
      const folder = folderWith('alertmanager', 'amtool');
      expect(findProgram('prometheus-alertmanager')).toBe(join(folder, 'alertmanager'));
      expect(findProgram('amtool')).toBe(join(folder, 'amtool'));
    });

    it('rejects a variable that names no program', () => {
      folderWith('amtool');
      expect(() => findProgram('prometheus-alertmanager')).toThrow('ALERTMANAGER is ');
    });
  });
});

describeWith(['sh'], 'describeWith', () => {
  it('runs the tests whose programs are there', () => {
    expect(findProgram('sh')).toBeDefined();
  });
});
