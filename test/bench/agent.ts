import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { portOf } from '../support/test-server.ts';
import { cpuSeconds, memory } from './machine/process-stats.ts';
import type { BenchOptions } from './options.ts';
import { median } from './report/median.ts';
import { progress } from './report/progress.ts';
import { atMost, type Section } from './report/report.ts';
import { makeFolder, removeFolder, startNode } from './servers/child.ts';

const program = fileURLToPath(new URL('../../bin/ge-heartbeat.js', import.meta.url));
const probes = 500;
const intervalSeconds = 10;
/** Each probe has run before the first round. */
const warmUpMs = 15_000;

/** The agent with 500 probes every 10 s, which sends to a server that accepts everything. */
export async function agent(options: BenchOptions): Promise<Section> {
  const folder = makeFolder(options.folder);
  const server = createServer((request, response) => {
    let lines = 0;
    request.on('data', (bytes: Buffer) => {
      lines += bytes.toString().split('\n').length - 1;
    });
    request.on('end', () => {
      heartbeats += request.method === 'POST' ? lines + 1 : 0;
      response.writeHead(request.method === 'POST' ? 202 : 200).end('{"accepted":1,"rejected":[]}');
    });
  });
  let heartbeats = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(folder, 'pid'), `${process.pid}\n`);
  writeFileSync(join(folder, 'agent.yaml'), JSON.stringify(configOf(folder, portOf(server))));
  const core = options.serverCore;
  const child = startNode([program, 'agent', '--config', join(folder, 'agent.yaml')], {
    folder,
    core,
  });
  try {
    progress('agent: first checks');
    await delay(warmUpMs);
    const rounds: { share: number; perSecond: number }[] = [];
    for (let round = 0; round < options.rounds; round += 1) {
      progress(`agent: round ${round + 1} of ${options.rounds}`);
      const [cpu, sent, at] = [cpuSeconds(child.pid), heartbeats, performance.now()];
      await delay(2 * intervalSeconds * 1_000);
      const seconds = (performance.now() - at) / 1_000;
      const share = ((cpuSeconds(child.pid) - cpu) / seconds) * 100;
      rounds.push({ share, perSecond: (heartbeats - sent) / seconds });
    }
    if (child.exited()) throw new Error(`the agent ended: ${child.output()}`);
    const { rssMb, anonymousMb, peakMb } = memory(child.pid);
    const share = median(rounds.map((round) => round.share));
    return {
      name: 'agent',
      title: `Agent with ${probes} probes every ${intervalSeconds} s`,
      rows: [
        {
          'heartbeats/s': median(rounds.map(({ perSecond }) => perSecond)),
          '% of a core': share,
          'MB now': rssMb,
          'not shared': anonymousMb,
          'peak MB': peakMb,
        },
      ],
      targets: [
        atMost('agent: % of a core', share, 3),
        atMost('agent: memory of its own, MB', anonymousMb, 80),
      ],
      notes: [
        'A quarter of the probes each: TCP, HTTP, file, process. Node itself is about 55 MB of mapped files, which all its processes share.',
      ],
    };
  } finally {
    await child.stop();
    server.closeAllConnections();
    server.close();
    removeFolder(folder);
  }
}

function configOf(folder: string, port: number): object {
  const kinds = [
    { type: 'tcp', host: '127.0.0.1', port },
    { type: 'http', url: `http://127.0.0.1:${port}/` },
    { type: 'file', path: join(folder, 'agent.yaml'), maxAgeSeconds: 86_400 },
    { type: 'process', pidFile: join(folder, 'pid') },
  ];
  return {
    service: { urls: [`http://127.0.0.1:${port}`] },
    spool: { folder: join(folder, 'spool') },
    intervalSeconds,
    probes: Array.from({ length: probes }, (_, index) => ({
      name: `Component-${index}`,
      version: '1',
      ...kinds[index % kinds.length],
    })),
  };
}
