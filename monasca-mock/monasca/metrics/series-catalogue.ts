import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { repositoryFailure } from '../problems.ts';
import type { TimeRange } from '../query-parameters.ts';

export type Dimensions = Record<string, string>;

/** A series of measurements: one name and one set of dimensions in one project. */
export type Series = { id: number; name: string; dimensions: Dimensions };

type SeriesQuery = {
  tenant: string;
  name?: string | undefined;
  /** In the format of `dimensionsOf`. */
  dimensions?: ReadonlyMap<string, string>;
  /** Restricts the result to series with a measurement in this range. */
  range?: TimeRange | undefined;
};

export type SeriesCatalogue = ReturnType<typeof createSeriesCatalogue>;

/**
 * All series. The dimensions are stored as one text sorted by key, `instance=i1,name=svc`. A series
 * has exactly one such text, because neither keys nor values may contain `=` or `,`. The order of
 * the texts is the order of the lists of the real service.
 */
export function createSeriesCatalogue(database: DatabaseSync) {
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
  const names = database.prepare('SELECT DISTINCT name FROM series WHERE tenant = ? ORDER BY name');
  const selections = new Map<string, StatementSync>();

  return {
    /** The id of a series, which is created if it does not exist. */
    idOf(tenant: string, name: string, dimensions: Dimensions): number {
      const text = dimensionsText(dimensions);
      // The caller caches ids, so most series are new here.
      const { changes, lastInsertRowid } = insert.run(tenant, name, text);
      return Number(changes === 1 ? lastInsertRowid : find.get(tenant, name, text)?.['id']);
    },
    /** The series that match, by name and then by dimensions. */
    *select(query: SeriesQuery): Iterable<Series> {
      const matches = matcher(query.dimensions ?? new Map());
      const { sql, values } = selection(query);
      const statement = selections.get(sql) ?? database.prepare(sql);
      selections.set(sql, statement);
      for (const row of statement.iterate(...values)) {
        const dimensions = parseDimensions(String(row['dimensions']));
        if (matches(dimensions)) {
          yield { id: Number(row['id']), name: String(row['name']), dimensions };
        }
      }
    },
    names: (tenant: string) => names.all(tenant).map((row) => String(row['name'])),
  };
}

/** The dimensions narrow the rows down; `matcher` decides about the remaining ones. */
function selection(query: SeriesQuery): { sql: string; values: (string | number)[] } {
  const conditions = ['tenant = ?'];
  const values: (string | number)[] = [query.tenant];
  const restrict = (condition: string, ...more: (string | number)[]) => {
    conditions.push(condition);
    values.push(...more);
  };
  if (query.name !== undefined) restrict('name = ?', query.name);
  for (const [key, value] of query.dimensions ?? []) {
    if (value !== '' && !value.includes('|'))
      restrict('instr(dimensions, ?) > 0', `${key}=${value}`);
  }
  if (query.range) {
    restrict(
      'EXISTS (SELECT 1 FROM measurements WHERE series = series.id AND timestamp >= ? AND timestamp < ?)',
      query.range.startMs,
      query.range.endMs ?? Number.MAX_SAFE_INTEGER,
    );
  }
  const where = conditions.join(' AND ');
  const sql = `SELECT id, name, dimensions FROM series WHERE ${where} ORDER BY name, dimensions`;
  return { sql, values };
}

function matcher(wanted: ReadonlyMap<string, string>): (dimensions: Dimensions) => boolean {
  const tests = [...wanted].map(([key, value]) => ({ key, test: valueTest(value) }));
  return (dimensions) => tests.every(({ key, test }) => test(dimensions[key] ?? ''));
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
  // Without a prototype, because a dimension may have the name `constructor`.
  const dimensions: Dimensions = Object.create(null);
  if (text === '') return dimensions;
  for (const pair of text.split(',')) {
    const equals = pair.indexOf('=');
    dimensions[pair.slice(0, equals)] = pair.slice(equals + 1);
  }
  return dimensions;
}
