import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { loadConfig } from '../../service/config/load.ts';
import { root } from '../support/deploy/compose.ts';
import { startService } from '../support/service.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const folder = fileURLToPath(new URL('deploy/kubernetes', root));
const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');

const labels = z.record(z.string(), z.string());
const manifest = z.looseObject({ kind: z.string(), metadata: z.object({ name: z.string() }) });
const probe = z.object({ httpGet: z.object({ path: z.string(), port: z.string() }) });
const mounts = z.array(z.object({ name: z.string(), mountPath: z.string() }));
const statefulSet = z.object({
  spec: z.object({
    replicas: z.literal(1),
    selector: z.object({ matchLabels: labels }),
    volumeClaimTemplates: z.array(z.object({ metadata: z.object({ name: z.string() }) })),
    template: z.object({
      metadata: z.object({ labels }),
      spec: z.object({
        terminationGracePeriodSeconds: z.number(),
        securityContext: z.object({ runAsNonRoot: z.literal(true), runAsUser: z.number() }),
        volumes: z.array(
          z.object({
            name: z.string(),
            secret: z.object({ secretName: z.string() }).optional(),
            configMap: z.object({ name: z.string() }).optional(),
          }),
        ),
        containers: z.tuple([
          z.object({
            image: z.string(),
            ports: z.array(z.object({ name: z.string(), containerPort: z.number() })),
            env: z.array(
              z.object({
                name: z.string(),
                value: z.string().optional(),
                valueFrom: z
                  .object({ secretKeyRef: z.object({ name: z.string(), key: z.string() }) })
                  .optional(),
              }),
            ),
            securityContext: z.object({
              allowPrivilegeEscalation: z.literal(false),
              readOnlyRootFilesystem: z.literal(true),
            }),
            resources: z.object({ requests: labels, limits: labels }),
            startupProbe: probe,
            livenessProbe: probe,
            readinessProbe: probe,
            volumeMounts: mounts,
          }),
        ]),
      }),
    }),
  }),
});
const kustomization = z.object({
  resources: z.array(z.string()),
  images: z.array(z.object({ name: z.string(), newTag: z.string() })),
  configMapGenerator: z.array(z.object({ name: z.string(), files: z.array(z.string()) })),
});

const { spec } = statefulSet.parse(parse(textOf('statefulset.yaml')));
const pod = spec.template.spec;
const [container] = pod.containers;
const kustomize = kustomization.parse(parse(textOf('kustomization.yaml')));
const secrets = parseAllDocuments(textOf('secrets.example.yaml')).map((document) =>
  z.object({ metadata: z.object({ name: z.string() }), stringData: labels }).parse(document.toJS()),
);

describe('deploy/kubernetes', () => {
  it('names files that exist, each a manifest', () => {
    for (const file of kustomize.resources) {
      expect(existsSync(join(folder, file))).toBe(true);
      expect(manifest.parse(parse(textOf(file))).kind).toBeTruthy();
    }
    for (const { files } of kustomize.configMapGenerator) {
      for (const file of files) expect(existsSync(join(folder, file))).toBe(true);
    }
  });

  it('has the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    expect(kustomize.images).toEqual([{ name: container.image, newTag: version }]);
  });

  it('selects the pods that it creates', () => {
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    const selecting = z.object({
      spec: z.object({
        selector: z.union([z.object({ matchLabels: labels }), labels]).optional(),
        podSelector: z.object({ matchLabels: labels }).optional(),
      }),
    });
    for (const file of ['service.yaml', 'networkpolicy.yaml', 'poddisruptionbudget.yaml']) {
      const { selector, podSelector } = selecting.parse(parse(textOf(file))).spec;
      const wanted = podSelector?.matchLabels ?? selector?.['matchLabels'] ?? selector;
      expect({ file, labels: spec.template.metadata.labels }).toMatchObject({ labels: wanted });
    }
  });

  it('mounts volumes that exist, with secrets of the example', () => {
    const volumes = [
      ...pod.volumes.map(({ name }) => name),
      ...spec.volumeClaimTemplates.map(({ metadata }) => metadata.name),
    ];
    for (const { name } of container.volumeMounts) expect(volumes).toContain(name);
    const named = pod.volumes.flatMap(({ secret }) => (secret ? [secret.secretName] : []));
    const known = new Map(secrets.map(({ metadata, stringData }) => [metadata.name, stringData]));
    for (const name of named) expect([...known.keys()]).toContain(name);
    for (const { valueFrom } of container.env) {
      if (!valueFrom) continue;
      expect(known.get(valueFrom.secretKeyRef.name)).toHaveProperty([valueFrom.secretKeyRef.key]);
    }
  });

  it('gives the service settings that it accepts', () => {
    const scratch = temporaryFolder();
    const known = new Map(secrets.map(({ metadata, stringData }) => [metadata.name, stringData]));
    const env = Object.fromEntries(
      container.env.map(({ name, value, valueFrom }) => {
        const text = valueFrom
          ? known.get(valueFrom.secretKeyRef.name)?.[valueFrom.secretKeyRef.key]
          : value;
        if (value === '/etc/heartbeat/heartbeat.yaml')
          return [name, join(folder, 'heartbeat.yaml')];
        if (!value?.startsWith('/run/secrets/')) return [name, text ?? ''];
        const file = join(scratch, name);
        writeFileSync(file, name.includes('TOKENS') ? aToken : 'a secret');
        return [name, file];
      }),
    );
    const loaded = loadConfig({ env });
    expect(loaded).toMatchObject({ kind: 'config', config: { http: { host: '0.0.0.0' } } });
    if (loaded.kind === 'problems') return;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      2 * loaded.config.stop.drainSeconds + 5,
    );
    expect(loaded.config.http.port).toBe(container.ports[0]?.containerPort);
  });

  it('probes addresses that respond', async () => {
    const service = await startService();
    for (const { httpGet } of [
      container.startupProbe,
      container.livenessProbe,
      container.readinessProbe,
    ]) {
      expect(container.ports.map(({ name }) => name)).toContain(httpGet.port);
      expect((await fetch(service.url + httpGet.path)).status).toBe(200);
    }
    await service.stop();
  });
});

const aToken = 'tokens: []\n';
