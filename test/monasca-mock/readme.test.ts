import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { faultKinds } from '../../monasca-mock/faults.ts';
import { seededAccounts } from '../../monasca-mock/keystone/seed.ts';
import { type Mock, startMock } from '../../monasca-mock/mock.ts';
import { control } from './client.ts';

const path = fileURLToPath(new URL('../../monasca-mock/README.md', import.meta.url));
const readme = readFileSync(path, 'utf8');

describe('the README of the mock', () => {
  let mock: Mock | undefined;
  afterEach(() => mock?.close());

  it('shows valid faults', async () => {
    mock = await startMock({ keystonePort: 0, monascaPort: 0 });
    const bodies = [...readme.matchAll(/^curl -d '(.+)' \$mock\/faults$/gm)].map(
      ([, body]) => body,
    );
    expect(bodies.length).toBeGreaterThan(3);
    for (const body of bodies) {
      const fault = JSON.parse(body ?? '');
      // All for Keystone, because the test uses the control on Monasca's port.
      expect(
        await control(mock, 'POST', '/mock/faults', { ...fault, service: 'keystone' }),
      ).toMatchObject({
        status: 201,
      });
    }
  });

  it('names all faults and all accounts', () => {
    // The formatter pads the cells of tables.
    const text = readme.replaceAll(/ +/g, ' ');
    for (const kind of faultKinds) expect(text).toContain(`| \`${kind}\` |`);
    for (const { user, password, project } of seededAccounts) {
      expect(text).toContain(`| ${user} | ${password} | ${project} |`);
    }
  });
});
