import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type AgentSources, loadAgent } from '../../service/agent/config/load.ts';
import { probeSchema } from '../../service/agent/config/probes.ts';
import { memberOf, schemaNode } from '../../service/config/schema/node.ts';
import { projectRoot, readDocument } from '../support/documents.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function load(file: string) {
  const sources: AgentSources = { file, env: {} };
  const loaded = loadAgent(sources);
  return loaded.kind === 'problems' ? loaded.problems : loaded.settings;
}

describe('deploy/agent.example.yaml', () => {
  it('is valid, and has a probe of each type', () => {
    const settings = load(`${projectRoot}/deploy/agent.example.yaml`);
    expect(settings).toMatchObject({ self: { name: 'ge-heartbeat-agent' } });
    const types = 'probes' in settings ? settings.probes.map(({ config }) => config.type) : [];
    const all = (schemaNode(probeSchema).oneOf ?? []).flatMap((one) =>
      typeof one === 'object' ? (memberOf(one, 'type')?.const ?? []) : [],
    );
    expect(all).toHaveLength(7);
    expect(types.toSorted()).toEqual(all.toSorted());
  });
});

describe('docs/guides/agent.md', () => {
  it('shows a valid configuration', () => {
    const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(readDocument('docs/guides/agent.md')) ?? [];
    const file = join(temporaryFolder(), 'agent.yaml');
    writeFileSync(file, yaml);
    expect(load(file)).toMatchObject({ probes: [{ name: 'Orion' }, { name: 'MongoDB' }] });
  });
});
