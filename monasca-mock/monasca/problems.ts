/** An error of the service: a status, and a body of `title` and `description`. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly title: string;
  readonly description: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    title: string,
    description?: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(description ?? title);
    this.status = status;
    this.title = title;
    this.description = description;
    this.headers = headers;
  }
}

export const badRequest = (description: string) => new ApiProblem(400, 'Bad request', description);

export const unprocessable = (description: string, title = 'Unprocessable Entity') =>
  new ApiProblem(422, title, description);

export const notFound = () => new ApiProblem(404, '404 Not Found');

/** Every path supports `OPTIONS`, which is last in the list. */
export const methodNotAllowed = (methods: readonly string[]) =>
  new ApiProblem(405, '405 Method Not Allowed', undefined, {
    Allow: [...methods.toSorted(), 'OPTIONS'].join(', '),
  });

export const alreadyExists = (description: string) =>
  new ApiProblem(409, 'AlreadyExistsException', description);

export const multipleMetrics = () =>
  new ApiProblem(
    409,
    'MultipleMetrics',
    'Found multiple metrics matching metric name and dimensions. Please refine your search ' +
      'criteria using a unique metric name or additional dimensions. Alternatively, you may ' +
      "specify 'merge_metrics=True' as a query parameter to combine all metrics matching search " +
      'criteria into a single series.',
  );

/** The store behind the API rejected the query. */
export const repositoryFailure = (description: string) =>
  new ApiProblem(500, 'The repository was unable to process your request', description);

/** An InfluxQL keyword in place of a quoted identifier; `position` is as recorded. */
export const keywordInQuery = (position: number) =>
  repositoryFailure(
    '400: {"error":"error parsing query: found NAME, expected identifier, string, number, bool ' +
      `at line 1, char ${position}"}`,
  );

/** An error of the service itself, without details as in the real service. */
export const internalError = () => new ApiProblem(500, '500 Internal Server Error');

export const serviceUnavailable = (description: string) =>
  new ApiProblem(500, 'Service unavailable', description);

export function problemJson(problem: ApiProblem): string {
  return JSON.stringify({ title: problem.title, description: problem.description });
}

export function problemXml(problem: ApiProblem): string {
  const element = (name: string, text: string) =>
    `<${name}>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</${name}>`;
  const title = element('title', problem.title);
  const { description } = problem;
  const more = description === undefined ? '' : element('description', description);
  return `<?xml version="1.0" encoding="UTF-8"?><error>${title}${more}</error>`;
}
