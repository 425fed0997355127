/** The catalog of a small cloud: Keystone, and Monasca in one region. */
export const catalog = [
  {
    type: 'identity',
    name: 'keystone',
    id: 'c1',
    endpoints: [endpoint('public', 'RegionOne', 'http://keystone.test:5000/v3')],
  },
  {
    type: 'monitoring',
    name: 'monasca',
    id: 'c2',
    endpoints: [
      endpoint('internal', 'RegionOne', 'http://monasca.internal:8070/v2.0'),
      endpoint('public', 'RegionOne', 'http://monasca.test:8070/v2.0'),
    ],
  },
];

export function endpoint(face: string, region: string, url: string) {
  return { id: `${face}-${region}`, interface: face, region, region_id: region, url };
}

/** The body of a token that Keystone grants, in the form and the precision of the real one. */
export function tokenBody(lifetimeSeconds: number, services: readonly object[] = catalog): object {
  const issuedAtMs = Date.UTC(2026, 10, 20, 7, 40, 59);
  return {
    token: {
      methods: ['password'],
      user: { domain: { id: 'default', name: 'Default' }, id: 'u1', name: 'ge' },
      audit_ids: ['N5F5bzB5TWCuv72HDa_4ww'],
      issued_at: keystoneTime(issuedAtMs),
      expires_at: keystoneTime(issuedAtMs + lifetimeSeconds * 1_000),
      project: { domain: { id: 'default', name: 'Default' }, id: 'p1', name: 'ge' },
      is_domain: false,
      roles: [{ id: 'r1', name: 'monasca-user' }],
      catalog: services,
    },
  };
}

/** What Keystone says to every login that it does not believe. */
export const unauthorized = {
  error: {
    code: 401,
    message: 'The request you have made requires authentication.',
    title: 'Unauthorized',
  },
};

function keystoneTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
