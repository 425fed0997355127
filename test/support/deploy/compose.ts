import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

/** The parts of a compose file that the tests look at. */
const serviceSchema = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string(), target: z.string() }).optional(),
  profiles: z.array(z.enum(['demo', 'production', 'redis'])).default(['demo', 'production']),
  user: z.string(),
  read_only: z.boolean(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  depends_on: z
    .record(z.string(), z.object({ condition: z.string(), required: z.boolean().default(true) }))
    .default({}),
  deploy: z.object({ replicas: z.int() }).optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.unknown()),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

export type ComposeService = z.output<typeof serviceSchema>;
export type ComposeFile = z.output<typeof composeSchema>;

export const root = new URL('../../../', import.meta.url);
export const textOf = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The compose file with its variables, which an `.env` file gives, or else the defaults. */
export function readCompose(variables: Readonly<Record<string, string>> = {}): ComposeFile {
  const fill = (text: string) =>
    text.replaceAll(
      /(?<!\$)\$\{(\w+)(?::-([^}]*))?\}/g,
      (_, name: string, otherwise = '') => variables[name] || otherwise,
    );
  const fillAll = (value: unknown): unknown => {
    if (typeof value === 'string') return fill(value);
    if (Array.isArray(value)) return value.map(fillAll);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fillAll(one)]));
  };
  return composeSchema.parse(fillAll(parse(textOf('docker-compose.yml'), { merge: true })));
}

/** `NAME=value` lines. */
export function readEnvFile(path: string): Record<string, string> {
  const lines = textOf(path).split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}
