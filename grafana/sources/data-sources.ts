import { placeholder } from '../queries/placeholder.ts';
import type { DataSourceFile, ProviderFile } from '../schema/data-source.ts';
import { infinityType, prometheusType } from '../schema/target.ts';
import { scrapeSeconds, sourceNames, sourceUids } from './names.ts';

const fixed = { access: 'proxy', editable: false } as const;

/** Addresses and secrets come from the environment of Grafana. */
export const dataSources: DataSourceFile = {
  apiVersion: 1,
  prune: true,
  datasources: [
    {
      name: sourceNames.prometheus,
      uid: sourceUids.prometheus,
      type: prometheusType,
      ...fixed,
      url: placeholder('PROMETHEUS_URL'),
      isDefault: true,
      jsonData: {
        httpMethod: 'POST',
        timeInterval: `${scrapeSeconds}s`,
        prometheusType: 'Prometheus',
        manageAlerts: true,
      },
    },
    {
      name: sourceNames.api,
      uid: sourceUids.api,
      type: infinityType,
      ...fixed,
      url: placeholder('HEARTBEAT_API_URL'),
      isDefault: false,
      jsonData: {
        auth_method: 'bearerToken',
        allowedHosts: [placeholder('HEARTBEAT_API_URL')],
        timeoutInSeconds: 30,
        unsecuredQueryHandling: 'deny',
        customHealthCheckEnabled: true,
        customHealthCheckUrl: `${placeholder('HEARTBEAT_API_URL')}/health/ready`,
      },
      secureJsonData: { bearerToken: placeholder('HEARTBEAT_API_TOKEN') },
    },
    {
      // Straight to Monasca. Keystone gives an ordinary token for an application credential, as
      // OAuth 2.0 has it; the plugin renews it by itself.
      name: sourceNames.monasca,
      uid: sourceUids.monasca,
      type: infinityType,
      ...fixed,
      url: placeholder('MONASCA_URL'),
      isDefault: false,
      jsonData: {
        auth_method: 'oauth2',
        allowedHosts: [placeholder('MONASCA_URL')],
        timeoutInSeconds: 30,
        unsecuredQueryHandling: 'deny',
        customHealthCheckEnabled: true,
        customHealthCheckUrl: `${placeholder('MONASCA_URL')}/v2.0/metrics/names?limit=1`,
        oauth2: {
          oauth2_type: 'client_credentials',
          client_id: placeholder('OS_APPLICATION_CREDENTIAL_ID'),
          token_url: `${placeholder('KEYSTONE_URL')}/v3/OS-OAUTH2/token`,
          authStyle: 2,
          authHeader: 'X-Auth-Token',
          // Two signs: one alone would be looked up in the environment.
          tokenTemplate: `$${placeholder('__oauth2.access_token')}`,
        },
      },
      secureJsonData: { oauth2ClientSecret: placeholder('OS_APPLICATION_CREDENTIAL_SECRET') },
    },
  ],
};

export const folder = { name: 'Heartbeat', uid: 'heartbeat' } as const;

/** Where the files are in the container of Grafana. */
export const providers: ProviderFile = {
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
