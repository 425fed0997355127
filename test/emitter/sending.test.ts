import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Receiver, startReceiver } from './receiver.ts';
import { createScratch, describeShells, fillPath, runEmitter, settings } from './run.ts';

const scratch = createScratch();
let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});

afterAll(async () => {
  await receiver.close();
  await scratch.remove();
});

const places = [
  { client: 'curl', kind: 'gnu' },
  { client: 'wget', kind: 'gnu' },
  { client: 'busybox wget', kind: 'busybox' },
] as const;

describeShells('the emitter sends', ['busybox', 'curl', 'wget'], (shell) => {
  describe.each(places)('with $client', ({ client, kind }) => {
    let path: string;

    beforeAll(async () => {
      path = await fillPath(await scratch.folder(), [client], kind);
    });

    const send = (answer: string, more: Record<string, string> = {}) =>
      runEmitter(shell, {
        ...settings(`${receiver.origin}${answer}`),
        PATH: path,
        HEARTBEAT_INSTANCE: 'i-1',
        ...more,
      });

    it('the four strings of a beat as JSON, once, and prints nothing when acknowledged', async () => {
      const before = Date.now();
      receiver.received.length = 0;
      expect(await send('/beat')).toEqual({ exitCode: 0, out: '', err: '' });
      const [beat, ...others] = receiver.received;
      expect(others).toEqual([]);
      expect(beat).toMatchObject({
        method: 'POST',
        path: '/beat',
        contentType: 'application/json',
      });
      const timestamp = /"Timestamp":"(\d{13})"/.exec(beat?.body ?? '')?.[1] ?? '';
      expect(beat?.body).toBe(
        `{"ID":"i-1","Enabler_ID":"Orion","Enabler_Version":"3.10.1","Timestamp":"${timestamp}"}`,
      );
      // A date without milliseconds is up to a second behind.
      expect(Number(timestamp)).toBeGreaterThan(before - 1_001);
      expect(Number(timestamp)).toBeLessThanOrEqual(Date.now());
    });

    it('the declared interval as a string', async () => {
      receiver.received.length = 0;
      await send('/beat', { HEARTBEAT_INTERVAL: '60' });
      expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ Interval: '60' });
    });

    it.each(['/202', '/204'])('and accepts %s as acknowledgement', async (answer) => {
      expect(await send(answer)).toEqual({ exitCode: 0, out: '', err: '' });
    });

    it.each([
      ['/400', 'HTTP 400'],
      ['/404', 'HEARTBEAT_SERVICE_HOST'],
      ['/500', 'HTTP 500'],
      ['/503', 'HTTP 503'],
      ['/redirect', 'HTTP 302'],
      ['/cut', 'not acknowledged'],
    ])('and prints in one line that %s is no acknowledgement', async (answer, cause) => {
      receiver.received.length = 0;
      const run = await send(answer);
      expect(run).toMatchObject({ exitCode: 1, out: '' });
      expect(run.err).toContain(cause);
      expect(run.err).toMatch(/^GE_Heartbeat\.sh: .+\n$/);
      expect(receiver.received.filter((beat) => beat.path === answer)).toHaveLength(1);
    });

    it('gives up a service that hangs, and one that never ends its answer', async () => {
      const runs = await Promise.all([
        send('/hang', { HEARTBEAT_TIMEOUT: '1' }),
        send('/drip', { HEARTBEAT_TIMEOUT: '1' }),
      ]);
      for (const run of runs) {
        expect(run).toMatchObject({ exitCode: 1, out: '' });
        expect(run.err).toMatch(/^GE_Heartbeat\.sh: not acknowledged: .+\n$/);
      }
    });

    it('and names a refused connection and an unknown host', async () => {
      const refused = await send('', { HEARTBEAT_SERVICE_HOST: 'http://127.0.0.1:1/beat' });
      expect(refused.exitCode).toBe(1);
      expect(refused.err).toMatch(/http:\/\/127\.0\.0\.1:1\/beat: .*(refused|connect).*\n$/i);
      const unknown = await send('', { HEARTBEAT_SERVICE_HOST: 'http://no-such.invalid/beat' });
      expect(unknown.exitCode).toBe(1);
      expect(unknown.err).toMatch(/^GE_Heartbeat\.sh: .*(resolve|bad address).*\n$/);
    });
  });

  it('nothing without curl and wget, and names them', async () => {
    const neither = await fillPath(await scratch.folder(), [], 'gnu');
    const run = await runEmitter(shell, {
      ...settings(`${receiver.origin}/beat`),
      PATH: neither,
      HEARTBEAT_INSTANCE: 'i-1',
    });
    expect(run).toEqual({
      exitCode: 1,
      out: '',
      err: 'GE_Heartbeat.sh: not sent: neither curl nor wget is installed\n',
    });
  });

  it('without printing the password or the query of the address', async () => {
    const address = receiver.origin.replace('//', '//user:secret@');
    const run = await runEmitter(shell, {
      ...settings(`${address}/500?key=secret`),
      HEARTBEAT_INSTANCE: 'i-1',
    });
    expect(run.err).toContain(`${receiver.origin}/500`);
    expect(run.err).not.toContain('secret');
  });
});
