import { afterEach, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readCompose } from '../support/deploy/compose.ts';
import { createNativeStack, type NativeStack } from '../support/deploy/native.ts';
import { describeWith } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';

let stack: NativeStack | undefined;
afterEach(() => stack?.stop());

const counts = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]),
      }),
    ),
  }),
});

async function query(url: string, expression: string): Promise<string[]> {
  const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  return counts.parse(await answer.json()).data.result.map(({ value }) => value[1]);
}

describeWith(
  ['prometheus', 'prometheus-alertmanager', 'wget', 'curl'],
  'the services of docker-compose.yml, as processes',
  () => {
    it('become healthy in the order of their dependencies, and show data', async () => {
      const compose = readCompose();
      const native = await createNativeStack(compose, temporaryFolder());
      stack = native;
      await native.start('monasca-mock');
      await native.healthy('monasca-mock');
      await native.start('heartbeat');
      expect(await native.healthy('heartbeat')).toBe('ready\n');
      for (const service of ['orion', 'orion-next', 'keyrock', 'prometheus', 'alertmanager']) {
        await native.start(service);
      }
      await native.healthy('prometheus');
      await native.healthy('alertmanager');

      const prometheus = `http://${native.address('prometheus', 9090)}`;
      const seen = () => query(prometheus, 'sum by (name) (ge_heartbeat_active_instances)');
      // One Keyrock, and an Orion of each of two versions.
      const options = { withinMs: 60_000, everyMs: 200 };
      await until(async () => (await seen()).toSorted().join() === '1,2', options);

      const service = `http://${native.address('heartbeat', 8080)}`;
      const health = z.object({
        dependencies: z.object({ monasca: z.object({ status: z.string(), behind: z.number() }) }),
      });
      await until(async () => {
        const { dependencies } = health.parse(await (await fetch(`${service}/health`)).json());
        return dependencies.monasca.status === 'up' && dependencies.monasca.behind === 0;
      }, options);
    }, 90_000);
  },
);
