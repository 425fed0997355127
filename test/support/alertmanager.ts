import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './programs.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { freePort } from './test-server.ts';
import { until, untilResult } from './until.ts';

/** An alert of `GET /api/v2/alerts`. */
export type ShownAlert = {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly status: {
    readonly state: 'unprocessed' | 'active' | 'suppressed';
    readonly inhibitedBy: readonly string[];
    readonly silencedBy: readonly string[];
  };
};

export type Alertmanager = {
  readonly url: string;
  /** The current alerts, without resolved ones. */
  alerts(): Promise<ShownAlert[]>;
  /** Waits until the condition holds for the alerts, and resolves with them. */
  until(isEnough: (alerts: readonly ShownAlert[]) => boolean): Promise<ShownAlert[]>;
  silence(matchers: Readonly<Record<string, string>>): Promise<void>;
  /** Restarts it in the same folder and port: it keeps its silences and loses its alerts. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const program = 'prometheus-alertmanager';

/** A real Alertmanager with this configuration (YAML), on a free port of 127.0.0.1. */
export async function startAlertmanager(configuration: string): Promise<Alertmanager> {
  const folder = temporaryFolder();
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, configuration);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;

  const run = async () => {
    const child = spawn(
      findProgram(program) ?? program,
      [
        `--config.file=${file}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let output = '';
    child.stderr.on('data', (chunk) => {
      output += String(chunk);
    });
    await until(() => {
      if (child.exitCode !== null) throw new Error(`${program} ended: ${output}`);
      return fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
    });
    return child;
  };
  let child = await run();

  const end = async () => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const alerts = async (): Promise<ShownAlert[]> =>
    JSON.parse(await (await fetch(`${url}/api/v2/alerts`)).text());

  return {
    url,
    alerts,
    until: (isEnough) => untilResult(alerts, isEnough),
    async silence(matchers) {
      const answer = await fetch(`${url}/api/v2/silences`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          matchers: Object.entries(matchers).map(([name, value]) => ({
            name,
            value,
            isRegex: false,
            isEqual: true,
          })),
          startsAt: new Date().toISOString(),
          endsAt: new Date(Date.now() + 3_600_000).toISOString(),
          createdBy: 'test',
          comment: 'a test',
        }),
      });
      if (!answer.ok) throw new Error(`no silence: ${answer.status} ${await answer.text()}`);
    },
    async restart() {
      await end();
      child = await run();
    },
    stop: end,
  };
}
