import type { DataSourceFile, InfinitySettings } from '../types/provisioning.ts';
import type { Placeholder } from '../types/query.ts';
import {
  infinityType,
  placeholder,
  prometheusType,
  scrapeSeconds,
  sourceNames,
  sourceUids,
} from './names.ts';

const source = <Type>(type: Type, of: keyof typeof sourceUids, url: Placeholder) => ({
  type,
  name: sourceNames[of],
  uid: sourceUids[of],
  access: 'proxy' as const,
  url,
  isDefault: of === 'prometheus',
  editable: false as const,
});

const access = (url: Placeholder, healthPath: string): InfinitySettings => ({
  allowedHosts: [url],
  timeoutInSeconds: 30,
  unsecuredQueryHandling: 'deny',
  customHealthCheckEnabled: true,
  customHealthCheckUrl: `${url}${healthPath}`,
});

const apiUrl = placeholder('HEARTBEAT_API_URL');
const monascaUrl = placeholder('MONASCA_URL');

/** Addresses and secrets come from the environment of Grafana. */
export const dataSources: DataSourceFile = {
  apiVersion: 1,
  prune: true,
  datasources: [
    {
      ...source(prometheusType, 'prometheus', placeholder('PROMETHEUS_URL')),
      jsonData: {
        httpMethod: 'POST',
        timeInterval: `${scrapeSeconds}s`,
        prometheusType: 'Prometheus',
        manageAlerts: true,
      },
    },
    {
      ...source(infinityType, 'api', apiUrl),
      jsonData: { auth_method: 'bearerToken', ...access(apiUrl, '/health/ready') },
      secureJsonData: { bearerToken: placeholder('HEARTBEAT_API_TOKEN') },
    },
    {
      // Straight to Monasca. Keystone issues an ordinary token for an application credential, by
      // OAuth 2.0; the plugin renews it by itself.
      ...source(infinityType, 'monasca', monascaUrl),
      jsonData: {
        auth_method: 'oauth2',
        ...access(monascaUrl, '/v2.0/metrics/names?limit=1'),
        oauth2: {
          oauth2_type: 'client_credentials',
          client_id: placeholder('OS_APPLICATION_CREDENTIAL_ID'),
          token_url: `${placeholder('KEYSTONE_URL')}/v3/OS-OAUTH2/token`,
          authStyle: 2,
          authHeader: 'X-Auth-Token',
          // `$$` is a literal `$`: one alone would be looked up in the environment.
          tokenTemplate: `$${placeholder('__oauth2.access_token')}`,
        },
      },
      secureJsonData: { oauth2ClientSecret: placeholder('OS_APPLICATION_CREDENTIAL_SECRET') },
    },
  ],
};

export const folder = { name: 'Heartbeat', uid: 'heartbeat' } as const;

/** Files of the dashboards in the container of Grafana. */
export const providers = {
  apiVersion: 1,
  providers: [
    {
      name: 'heartbeat',
      orgId: 1,
      type: 'file',
      folder: folder.name,
      folderUid: folder.uid,
      disableDeletion: true,
      updateIntervalSeconds: 30,
      allowUiUpdates: false,
      options: { path: '/etc/grafana/provisioning/dashboards', foldersFromFilesStructure: false },
    },
  ],
};
