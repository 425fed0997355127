import { describe, expect, it } from '@jest/globals';
import { effectiveJson, effectiveYaml } from '../../service/config/effective.ts';
import { loadGood } from './fixture.ts';

describe('effectiveYaml and effectiveJson', () => {
  it('show addresses without their queries', () => {
    const webhook = (url: string) => ({ name: 'hook', type: 'webhook', url });
    const loaded = loadGood({
      env: {
        HEARTBEAT_NOTIFIERS: JSON.stringify([
          webhook('https://hooks.example.org/x?key=s3cr3t#s3cr3t'),
        ]),
        HEARTBEAT_SELF_WATCH_URL: 'https://watch.example.org/ping?key=s3cr3t',
      },
    });
    for (const shown of [effectiveYaml(loaded), effectiveJson(loaded)]) {
      expect(shown).not.toContain('s3cr3t');
      expect(shown).toContain('https://hooks.example.org/x?[redacted]');
      expect(shown).toContain('https://watch.example.org/ping?[redacted]');
    }
  });
});
