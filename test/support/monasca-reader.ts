/** Reads Monasca through its API: the stored heartbeats and their number. */
export type MonascaReader = {
  /** The values of the dimension `instance` of all series of GE_Heartbeat. */
  instances(): Promise<Set<string>>;
  /** Number of measurements of GE_Heartbeat in all series. */
  measurements(): Promise<number>;
};

type Answer = {
  links: { rel: string; href: string }[];
  elements: {
    dimensions: Record<string, string>;
    statistics?: [string, number][];
  }[];
};

export function readMonasca(
  { keystoneUrl, monascaUrl }: { keystoneUrl: string; monascaUrl: string },
  credentials = { user: 'ge', password: 'ge-secret', project: 'ge' },
): MonascaReader {
  /** Logs in for each request, because tests revoke tokens. */
  const get = async (path: string): Promise<Answer> => {
    const token = await logIn(keystoneUrl, credentials);
    const answer = await fetch(`${monascaUrl}${path}`, { headers: { 'x-auth-token': token } });
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };

  return {
    async instances() {
      const all = new Set<string>();
      for (let offset: string | undefined = ''; offset !== undefined; ) {
        const page = await get(`/metrics?name=GE_Heartbeat${offset ? `&offset=${offset}` : ''}`);
        for (const { dimensions } of page.elements) all.add(dimensions['instance'] ?? '');
        const next = page.links.find(({ rel }) => rel === 'next');
        offset = next ? (new URL(next.href).searchParams.get('offset') ?? undefined) : undefined;
      }
      return all;
    },
    async measurements() {
      const { elements } = await get(
        '/metrics/statistics?name=GE_Heartbeat&start_time=2000-01-01T00:00:00Z' +
          '&statistics=count&period=0&merge_metrics=true',
      );
      return elements[0]?.statistics?.[0]?.[1] ?? 0;
    },
  };
}

async function logIn(
  keystoneUrl: string,
  { user, password, project }: { user: string; password: string; project: string },
): Promise<string> {
  const domain = { id: 'default' };
  const answer = await fetch(`${keystoneUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user: { name: user, domain, password } } },
        scope: { project: { name: project, domain } },
      },
    }),
  });
  const token = answer.headers.get('x-subject-token');
  if (!token) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return token;
}
