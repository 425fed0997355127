import { describe, expect, it } from '@jest/globals';
import { describeWith, findProgram } from './programs.ts';

describe('findProgram', () => {
  it('finds a program on the path', () => {
    expect(findProgram('sh')).toMatch(/^\/.*\/sh$/);
  });

  it('does not take a folder or an unknown name for a program', () => {
    expect(findProgram('.')).toBeUndefined();
    expect(findProgram('no-such-program-anywhere')).toBeUndefined();
  });
});

describeWith(['sh'], 'describeWith', () => {
  it('runs the tests whose programs are there', () => {
    expect(findProgram('sh')).toBeDefined();
  });
});
