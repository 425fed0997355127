import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  originalBeat,
  originalScriptPrograms,
  runOriginalScript,
} from '../support/original-script.ts';
import { describeWith } from '../support/programs.ts';
import { type Receiver, startReceiver } from './receiver.ts';

let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});

afterAll(() => receiver.close());

describeWith(originalScriptPrograms, 'the original script', () => {
  const logLine = /^\d\d-\d\d-\d\d_\d\d:\d\d:\d\d: ([^\n]*)\n$/;

  it('posts JSON with the content type of a form, and milliseconds as a string', async () => {
    receiver.received.length = 0;
    const before = Date.now();
    const { exitCode, log } = await runOriginalScript(`${receiver.origin}/beat`);
    expect(exitCode).toBe(0);
    expect(logLine.exec(log)?.[1]).toBe(`${originalBeat.ID}_Orange_1.0`);
    const [beat, ...others] = receiver.received;
    expect(others).toEqual([]);
    expect(beat).toMatchObject({
      method: 'POST',
      path: '/beat',
      contentType: 'application/x-www-form-urlencoded',
    });
    const timestamp = /(\d{13})"}$/.exec(beat?.body ?? '')?.[1] ?? '';
    expect(beat?.body).toBe(
      `{"ID": "${originalBeat.ID}", "Enabler_ID": "Orange", "Enabler_Version": "1.0", "Timestamp": "${timestamp}"}`,
    );
    expect(Number(timestamp)).toBeGreaterThanOrEqual(before);
    expect(Number(timestamp)).toBeLessThanOrEqual(Date.now());
  });

  it.each([
    ['the same on every plain machine', '2:cpuacct:/\n1:cpu:/\n', '1:cpu:/'],
    ['empty with cgroup v2', '0::/\n', ''],
  ])('sends an instance that is %s', async (_title, cgroup, instance) => {
    receiver.received.length = 0;
    await runOriginalScript(`${receiver.origin}/beat`, cgroup);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ ID: instance });
  });

  it('logs success for any response, and an error when there is none', async () => {
    const refused = await runOriginalScript(`${receiver.origin}/400`);
    expect(refused.exitCode).toBe(0);
    expect(refused.log).toMatch(logLine);
    const unanswered = await runOriginalScript(`${receiver.origin}/cut`);
    expect(unanswered.exitCode).toBe(1);
    expect(unanswered.log).toMatch(/^\S+ Error: [^\n]+\n$/);
  });
});
