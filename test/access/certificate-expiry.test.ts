import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { expect, it } from '@jest/globals';
import { Credentials } from '../../service/access/credentials.ts';
import { createAuthority } from '../support/certificates.ts';
import { describeWith } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describeWith(['openssl'], 'Credentials.byCertificate', () => {
  it('rejects a certificate from its expiry on, although its connection stays open', async () => {
    const authority = createAuthority(temporaryFolder());
    const server = authority.issue('server', { commonName: 'service' });
    const client = authority.issue('client', { commonName: 'sensor', days: 1 });
    const ca = readFileSync(authority.caFile);
    const pair = ({ certFile, keyFile }: typeof server) => ({
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
    });

    let nowMs = Date.now();
    const credentials = new Credentials({ callerOf: ({ name }) => ({ name }), now: () => nowMs });
    credentials.replace({
      tokens: [],
      certificates: [{ name: 'sensors', subject: 'sensor', scopes: ['ingest'] }],
    });

    const listener = tls.createServer({ ...pair(server), ca, requestCert: true });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const address = listener.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const accepted = once(listener, 'secureConnection');
    const connection = tls.connect({
      ...{ host: '127.0.0.1', port, ca, ...pair(client) },
      checkServerIdentity: () => undefined,
    });
    try {
      const [socket]: tls.TLSSocket[] = await accepted;
      if (!socket) throw new Error('no connection');
      const expiryMs = nowMs + 86_400_000;
      expect(credentials.byCertificate(socket)).toMatchObject({ name: 'sensors' });
      nowMs = expiryMs - 60_000;
      expect(credentials.byCertificate(socket)).toMatchObject({ name: 'sensors' });
      nowMs = expiryMs + 60_000;
      expect(credentials.byCertificate(socket)).toBe('expired');
    } finally {
      connection.destroy();
      listener.close();
    }
  });
});
