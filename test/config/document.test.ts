import { describe, expect, it } from '@jest/globals';
import { configurationPage, exampleFile } from '../../service/config/document.ts';
import { allSettings } from '../../service/config/settings.ts';
import { loadGood } from './fixture.ts';

describe('exampleFile', () => {
  it('loads, and is the defaults', () => {
    const example = loadGood({ yaml: exampleFile() });
    expect(example.config).toEqual(loadGood().config);
    const withDefault = allSettings.filter((setting) => setting.default !== undefined);
    for (const { path } of withDefault) expect(example.sources.get(path)?.kind).toBe('file');
  });

  it('loads with what is commented out, too', () => {
    const lines = exampleFile().replaceAll(/^(\s*)# (\w+):$/gm, '$1$2: http://x');
    expect(lines).toMatch(/^ {2}url: http/m);
    const yaml = lines
      .replace('authType: http://x', 'authType: password')
      .replaceAll(/(ca|smCa)File: http:\/\/x/g, '$1File: test/fixtures/tls/certificate.pem')
      .replace(/(?<=^ {2}amqp:\n(?: {4}#.*\n)* {4}url: )http:/m, 'amqps:')
      .replaceAll('certFile: http://x', 'certFile: test/fixtures/tls/certificate.pem')
      .replaceAll('keyFile: http://x', 'keyFile: test/fixtures/tls/key.pem')
      .replace(/(?<=^ {2}redis:\n(?: {4}#.*\n)* {4}url: )http:/m, 'redis:')
      .replace(/(?<=^ {4}amqp:\n(?: {6}#.*\n)* {6}url: )http:/m, 'amqp:')
      .replace(/(?<=^ {6})port: http:\/\/x/m, 'port: 25')
      .replace('ttlSeconds: http://x', 'ttlSeconds: 60')
      .replace('clientCaFile: http://x', 'clientCaFile: test/fixtures/tls/certificate.pem')
      .replace('telemetryHost: http://x', 'telemetryHost: kafka:9092:beats')
      .replace('tokensFile: http://x', 'tokensFile: test/fixtures/access/tokens.yaml');
    expect(loadGood({ yaml }).config.keystone?.login.kind).toBe('password');
  });
});

describe('configurationPage', () => {
  it('has every setting with each of its variables', () => {
    const page = configurationPage();
    for (const { path, variables } of allSettings) {
      expect(page).toMatch(`| \`${path}\` `);
      for (const variable of variables) expect(page).toMatch(`\`${variable}\``);
    }
  });

  it('describes every setting in a sentence', () => {
    for (const { description } of allSettings) expect(description).toMatch(/^[A-Z].*\.$/);
  });
});
