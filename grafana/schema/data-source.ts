import { z } from 'zod';
import { infinityType, prometheusType } from './target.ts';

/** Files of `provisioning/datasources` and `provisioning/dashboards`. */
const common = {
  name: z.string().min(1),
  uid: z.string().regex(/^[a-z-]+$/),
  access: z.literal('proxy'),
  url: z.string().regex(/^\$\{[A-Z_]+\}$/, 'a variable of the environment'),
  isDefault: z.boolean(),
  editable: z.literal(false),
};

const prometheusSource = z.strictObject({
  type: z.literal(prometheusType),
  ...common,
  jsonData: z.strictObject({
    httpMethod: z.literal('POST'),
    timeInterval: z.string(),
    prometheusType: z.literal('Prometheus'),
    manageAlerts: z.boolean(),
  }),
});

/** What the plugin may reach has to be said as soon as it sends a secret along. */
const infinity = {
  allowedHosts: z.array(z.string()).min(1),
  timeoutInSeconds: z.int().positive(),
  unsecuredQueryHandling: z.literal('deny'),
  customHealthCheckEnabled: z.literal(true),
  customHealthCheckUrl: z.string(),
};
const bearer = z.strictObject({
  type: z.literal(infinityType),
  ...common,
  jsonData: z.strictObject({ auth_method: z.literal('bearerToken'), ...infinity }),
  secureJsonData: z.strictObject({ bearerToken: z.string() }),
});
const oauth2 = z.strictObject({
  type: z.literal(infinityType),
  ...common,
  jsonData: z.strictObject({
    auth_method: z.literal('oauth2'),
    ...infinity,
    oauth2: z.strictObject({
      oauth2_type: z.literal('client_credentials'),
      client_id: z.string(),
      token_url: z.string(),
      /** 2 is the header of basic authentication, which Keystone wants. */
      authStyle: z.literal(2),
      authHeader: z.string(),
      tokenTemplate: z.string(),
    }),
  }),
  secureJsonData: z.strictObject({ oauth2ClientSecret: z.string() }),
});

export const dataSourceFile = z.strictObject({
  apiVersion: z.literal(1),
  prune: z.literal(true),
  datasources: z.array(z.union([prometheusSource, bearer, oauth2])).min(1),
});
export type DataSourceFile = z.infer<typeof dataSourceFile>;

export const providerFile = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({
      name: z.string(),
      orgId: z.literal(1),
      type: z.literal('file'),
      folder: z.string(),
      folderUid: z.string(),
      disableDeletion: z.literal(true),
      updateIntervalSeconds: z.int().positive(),
      allowUiUpdates: z.literal(false),
      options: z.strictObject({ path: z.string(), foldersFromFilesStructure: z.literal(false) }),
    }),
  ),
});
export type ProviderFile = z.infer<typeof providerFile>;
