import type { Dashboard } from '@grafana/schema';
import { describe, expect, it } from '@jest/globals';
import { dashboards } from '../../grafana/dashboards/all.ts';
import type { Plain } from '../../grafana/types/dashboard.ts';

describe('dashboards', () => {
  it("are of the type that Grafana's own packages declare", () => {
    const official = dashboards satisfies readonly Plain<Dashboard>[];
    expect(official.length).toBeGreaterThan(0);
  });
});
