import { configurationPage, exampleFile } from '../service/config/document.ts';
import { agentPage } from './agent-page.ts';
import { apiPage } from './api-page.ts';
import { cliPage } from './cli-page.ts';
import { interfaceText } from './interface-document.ts';
import { metricsPage } from './metrics-page.ts';

/** Documents that are generated from code, by their path in the repository. */
export const generatedFiles: readonly {
  readonly path: string;
  readonly render: () => string | Promise<string>;
}[] = [
  { path: 'docs/reference/openapi.json', render: interfaceText },
  { path: 'docs/reference/api.md', render: apiPage },
  { path: 'docs/reference/cli.md', render: cliPage },
  { path: 'docs/reference/configuration.md', render: configurationPage },
  { path: 'deploy/config.example.yaml', render: exampleFile },
  { path: 'docs/reference/metrics.md', render: metricsPage },
  { path: 'docs/reference/agent.md', render: agentPage },
];
