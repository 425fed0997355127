import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { findProgram } from './programs.ts';
import { freePort } from './test-server.ts';
import { until } from './until.ts';

/** A series of a result, with its newest value, and all values by time for a range query. */
export type Series = {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly values: readonly (readonly [seconds: number, value: number])[];
};

export type Answer = { readonly series: readonly Series[]; readonly warnings: readonly string[] };

export type Prometheus = {
  readonly url: string;
  /** The result now. Throws Prometheus's message for an expression that it rejects. */
  query(expr: string): Promise<Answer>;
  /** The results in the last `seconds`, a point each `step` seconds. */
  queryRange(expr: string, seconds: number, step: number): Promise<Answer>;
  /** The `data` of any path of its interface. */
  get(path: string): Promise<unknown>;
  stop(): Promise<void>;
};

const program = 'prometheus';

const sample = z.tuple([z.number(), z.string()]);
const answerSchema = z.object({
  status: z.enum(['success', 'error']),
  error: z.string().optional(),
  warnings: z.array(z.string()).default([]),
  data: z.unknown().optional(),
});
const vectorSchema = z.object({
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      value: sample.optional(),
      values: z.array(sample).optional(),
    }),
  ),
});

/** A real Prometheus on a free port of 127.0.0.1, with files beside its configuration (YAML). */
export async function startPrometheus(
  configuration: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  for (const [name, text] of Object.entries({ ...files, 'prometheus.yaml': configuration })) {
    writeFileSync(join(folder, name), text);
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    findProgram(program) ?? program,
    [
      `--config.file=${join(folder, 'prometheus.yaml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  child.stderr.on('data', (chunk) => {
    output += String(chunk);
  });
  const gone = once(child, 'exit');
  const isReady = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await until(() => {
    if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`);
    return isReady();
  });

  async function ask(path: string, form?: Readonly<Record<string, string>>) {
    const init = form ? { method: 'POST', body: new URLSearchParams(form) } : {};
    const answer = answerSchema.parse(await (await fetch(`${url}${path}`, init)).json());
    if (answer.status === 'error') throw new Error(`${form?.['query'] ?? path}: ${answer.error}`);
    return answer;
  }

  async function vector(path: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    const { data, warnings } = await ask(path, form);
    const series = vectorSchema.parse(data).result.map(({ metric, value, values }) => {
      const numbers = (values ?? (value ? [value] : [])).map(
        ([seconds, text]) => [seconds, Number(text)] as const,
      );
      return { labels: metric, values: numbers, value: numbers.at(-1)?.[1] ?? Number.NaN };
    });
    return { series, warnings };
  }

  return {
    url,
    query: (query) => vector('/api/v1/query', { query }),
    queryRange(query, seconds, step) {
      const end = Date.now() / 1_000;
      return vector('/api/v1/query_range', {
        query,
        start: String(end - seconds),
        end: String(end),
        step: String(step),
      });
    },
    get: async (path) => (await ask(path)).data,
    async stop() {
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
