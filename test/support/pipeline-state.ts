import { untilResult } from './until.ts';

type Letters = { total: number; next?: number; deadLetters: { heartbeat: { instance: string } }[] };

/** The instances of all dead letters of Monasca. */
export async function deadLetters(url: string): Promise<Set<string>> {
  const all = new Set<string>();
  for (let after: number | undefined = 0; after !== undefined; ) {
    const answer = await fetch(`${url}/api/v1/dead-letters?limit=1000&after=${after}`);
    const page: Letters = JSON.parse(await answer.text());
    for (const { heartbeat } of page.deadLetters) all.add(heartbeat.instance);
    after = page.next;
  }
  return all;
}

/** The value of a metric with one series, or of the series with exactly these `labels`. */
export async function metric(url: string, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name}${labels} `));
  if (!line) throw new Error(`no metric ${name}${labels}`);
  return Number(line.slice(line.lastIndexOf(' ')));
}

/** Resolves when the outbox is empty. */
export async function drained(url: string, withinMs = 60_000): Promise<void> {
  const waiting = () => metric(url, 'heartbeat_outbox_records', '{stream="heartbeats"}');
  await untilResult(waiting, (records) => records === 0, { withinMs, everyMs: 50 });
}
