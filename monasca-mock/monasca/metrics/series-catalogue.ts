import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { repositoryFailure } from '../problems.ts';
import type { TimeRange } from '../query-parameters.ts';

export type Dimensions = Record<string, string>;

/** One series of measurements: the same name and the same dimensions, in one project. */
export type Series = { id: number; name: string; dimensions: Dimensions };

export type SeriesQuery = {
  tenant: string;
  name?: string | undefined;
  /** As `dimensionsOf` reads them. */
  dimensions?: ReadonlyMap<string, string>;
  /** Only series with a measurement in this range. */
  range?: TimeRange | undefined;
};

export type SeriesCatalogue = {
  idOf(tenant: string, name: string, dimensions: Dimensions): number;
  /** By name, then by dimensions, as the real store lists them. */
  select(query: SeriesQuery): Iterable<Series>;
  names(tenant: string): string[];
};

/**
 * The dimensions stand in one text, `instance=i1,name=svc`, sorted by key: a series has exactly one
 * such text, because neither keys nor values may contain `=` or `,`, and its order is the order of
 * the real listing.
 */
export function createSeriesCatalogue(database: DatabaseSync): SeriesCatalogue {
  database.exec(`
    CREATE TABLE IF NOT EXISTS series (
      id INTEGER PRIMARY KEY,
      tenant TEXT NOT NULL,
      name TEXT NOT NULL,
      dimensions TEXT NOT NULL,
      UNIQUE (tenant, name, dimensions)
    ) STRICT`);
  const find = database.prepare(
    'SELECT id FROM series WHERE tenant = ? AND name = ? AND dimensions = ?',
  );
  const insert = database.prepare(
    'INSERT OR IGNORE INTO series (tenant, name, dimensions) VALUES (?, ?, ?)',
  );
  const namesOf = database.prepare(
    'SELECT DISTINCT name FROM series WHERE tenant = ? ORDER BY name',
  );
  const prepared = new Map<string, StatementSync>();

  return {
    idOf(tenant, name, dimensions) {
      const text = dimensionsText(dimensions);
      // Who asks remembers the answer, so most of what is asked for is new.
      const { changes, lastInsertRowid } = insert.run(tenant, name, text);
      return Number(changes === 1 ? lastInsertRowid : find.get(tenant, name, text)?.['id']);
    },
    *select(query) {
      const matches = matcher(query.dimensions ?? new Map());
      const { sql, values } = selection(query);
      const statement = prepared.get(sql) ?? database.prepare(sql);
      prepared.set(sql, statement);
      for (const row of statement.iterate(...values)) {
        const dimensions = parseDimensions(String(row['dimensions']));
        if (matches(dimensions)) {
          yield { id: Number(row['id']), name: String(row['name']), dimensions };
        }
      }
    },
    names: (tenant) => namesOf.all(tenant).map((row) => String(row['name'])),
  };
}

/** The text of a filter narrows the rows; whether they really match is decided afterwards. */
function selection(query: SeriesQuery): { sql: string; values: (string | number)[] } {
  const conditions = ['tenant = ?'];
  const values: (string | number)[] = [query.tenant];
  if (query.name !== undefined) {
    conditions.push('name = ?');
    values.push(query.name);
  }
  for (const [key, value] of query.dimensions ?? []) {
    if (value === '' || value.includes('|')) continue;
    conditions.push('instr(dimensions, ?) > 0');
    values.push(`${key}=${value}`);
  }
  if (query.range) {
    conditions.push(
      'EXISTS (SELECT 1 FROM measurements WHERE series = series.id AND timestamp >= ? AND timestamp < ?)',
    );
    values.push(query.range.startMs, query.range.endMs ?? Number.MAX_SAFE_INTEGER);
  }
  const where = conditions.join(' AND ');
  const sql = `SELECT id, name, dimensions FROM series WHERE ${where} ORDER BY name, dimensions`;
  return { sql, values };
}

function matcher(wanted: ReadonlyMap<string, string>): (dimensions: Dimensions) => boolean {
  const tests = [...wanted].map(([key, value]) => {
    const test = valueTest(value);
    return (dimensions: Dimensions) => test(dimensions[key] ?? '');
  });
  return (dimensions) => tests.every((test) => test(dimensions));
}

function valueTest(wanted: string): (value: string) => boolean {
  if (wanted === '') return (value) => value !== '';
  if (!wanted.includes('|')) return (value) => value === wanted;
  try {
    const pattern = new RegExp(`^(?:${wanted})$`, 'u');
    return (value) => pattern.test(value);
  } catch (error) {
    throw repositoryFailure(`400: {"error":"error parsing query: ${String(error)}"}`);
  }
}

function dimensionsText(dimensions: Dimensions): string {
  return Object.keys(dimensions)
    .sort()
    .map((key) => `${key}=${dimensions[key]}`)
    .join(',');
}

function parseDimensions(text: string): Dimensions {
  // Without a prototype, for a dimension may well be called `constructor`.
  const dimensions: Dimensions = Object.create(null);
  if (text === '') return dimensions;
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    dimensions[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return dimensions;
}
