import { describe, expect, it } from '@jest/globals';
import { metricsRoutes } from '../../../service/http/routes/metrics.ts';
import { createMetrics } from '../../../service/runtime/metrics.ts';
import { closeConnections, connect, requestText } from '../../support/raw-http.ts';
import { startRoutes } from '../../support/route-server.ts';

describe('metricsRoutes', () => {
  it('render once for all requests of a turn of the event loop', async () => {
    let renderings = 0;
    const componentSeries = async () => {
      renderings += 1;
      return { text: '', hidden: { components: 0, activeInstances: 0 } };
    };
    const instanceSeries = async function* () {};
    const series = { componentSeries, instanceSeries };
    const { port } = await startRoutes(metricsRoutes(createMetrics(), series, false));
    const connections = await Promise.all(Array.from({ length: 20 }, () => connect(port)));
    // The server has accepted all connections when it has responded.
    for (const { answer, send } of connections) {
      send(requestText('GET', '/other'));
      expect(await answer()).toMatchObject({ status: 404 });
    }
    for (const { send } of connections) send(requestText('GET', '/metrics'));
    for (const { answer } of connections) expect(await answer()).toMatchObject({ status: 200 });
    closeConnections();
    expect(renderings).toBeLessThan(5);
  });
});
