import { afterEach, describe, expect, it } from '@jest/globals';
import { type Clock, systemClock } from '../../service/runtime/clock.ts';
import { type LocalService, startService } from '../support/service.ts';
import { until } from '../support/until.ts';

let service: LocalService | undefined;

afterEach(() => service?.stop());

/** A service whose monotonic clock can be set forward, as if no evaluation had run. */
async function start(evaluationSeconds: number) {
  let aheadMs = 0;
  const clock: Clock = {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + aheadMs,
  };
  const started = await startService(
    { HEARTBEAT_LIVENESS_EVALUATION_SECONDS: `${evaluationSeconds}` },
    clock,
  );
  service = started;
  return {
    ready: async () => {
      const answer = await fetch(`${started.url}/health/ready`);
      return `${answer.status} ${await answer.text()}`;
    },
    pass: (seconds: number) => {
      aheadMs += seconds * 1_000;
    },
  };
}

describe('/health/ready', () => {
  it('returns 503 when the last evaluation is too long ago, and 200 after the next one', async () => {
    const { ready, pass } = await start(1);
    expect(await ready()).toMatch(/^200/);
    pass(40);
    expect(await ready()).toMatch(/^503.*liveness evaluation has not completed for 4\d s/);
    await until(async () => (await ready()).startsWith('200'));
  });

  it('stays 200 between two evaluations that are a minute apart', async () => {
    const { ready, pass } = await start(60);
    pass(59);
    expect(await ready()).toMatch(/^200/);
    pass(40);
    expect(await ready()).toMatch(/^503/);
  });
});
