import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Another checkout of the service, usually an older one, to compare this one with. */
export type ReferenceBuild = {
  readonly folder: string;
  readonly main: string;
  /** The Node that its own `npm ci` installed. */
  readonly node: string;
  /** Commit and Node version, for the report. */
  readonly description: string;
  /** True if it has a setting with this environment variable; it rejects all others. */
  isSetting(variable: string): boolean;
};

/** Throws with a sentence for the user if there is nothing to start in the folder. */
export function findReferenceBuild(path: string): ReferenceBuild {
  const folder = resolve(path);
  const main = join(folder, 'service/main.ts');
  const node = join(folder, 'node_modules/.bin/node');
  if (!existsSync(folder)) {
    throw new Error(
      `--against: ${folder} does not exist. Create it with "git worktree add --detach ${folder} COMMIT" and run "npm ci" there.`,
    );
  }
  if (!existsSync(main)) {
    throw new Error(`--against: ${folder} is not a checkout of the service: no service/main.ts.`);
  }
  if (!existsSync(node)) {
    throw new Error(
      `--against: ${folder} has no node_modules with a Node of its own. Run "npm ci" there.`,
    );
  }
  const settings = settingsIn(folder);
  return {
    folder,
    main,
    node,
    description: `${commitOf(folder)}, Node ${execFileSync(node, ['-p', 'process.version'], { encoding: 'utf8' }).trim()}`,
    isSetting: (variable) => settings === undefined || settings.has(variable),
  };
}

/** The generated reference page of the settings, where releases have it. */
const settingsPages = ['docs/reference/configuration.md', 'docs/configuration.md'];

/** Variables in the reference page of a checkout's settings; undefined without such a page. */
function settingsIn(folder: string): ReadonlySet<string> | undefined {
  const page = settingsPages.map((path) => join(folder, path)).find((path) => existsSync(path));
  if (page === undefined) return undefined;
  return new Set(readFileSync(page, 'utf8').match(/\bHEARTBEAT_[A-Z0-9_]+/g));
}

function commitOf(folder: string): string {
  try {
    const args = ['-C', folder, 'rev-parse', '--short', 'HEAD'];
    return `commit ${execFileSync('git', args, { encoding: 'utf8', stdio: 'pipe' }).trim()}`;
  } catch {
    return 'commit unknown';
  }
}
