#!/usr/bin/env node
// Plain JavaScript for any version of Node. If this one is too old for the program, the launcher uses
// the Node of the project (the package `node`), if it is installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const oldest = 24;
// In a clone Node runs the sources; an installed package has JavaScript, because Node runs no
// TypeScript in `node_modules`.
const sources = new URL('../service/cli.ts', import.meta.url);
const program = existsSync(sources) ? sources : new URL('../dist/service/cli.js', import.meta.url);

if (process.env['npm_lifecycle_event'] === 'npx') endWithParent();

if (Number(process.versions.node.split('.')[0]) >= oldest) {
  // With the compile cache a command starts in two thirds of the time.
  const cache = fileURLToPath(new URL('../node_modules/.cache/ge-heartbeat', import.meta.url));
  module.enableCompileCache(process.env['NODE_COMPILE_CACHE'] ?? cache);
  await import(program.href);
} else {
  const own = ownNode();
  if (own === undefined) {
    process.stderr.write(
      `ge-heartbeat needs Node ${oldest} or newer; this is ${process.versions.node}.\n` +
        'Install it (https://nodejs.org), or run `npm ci` in the project, which installs one.\n',
    );
    process.exitCode = 1;
  } else {
    runWith(own);
  }
}

/**
 * Ends this process as SIGTERM does when its parent is gone. npx runs programs through a shell, which
 * ends at SIGTERM without passing it on.
 */
function endWithParent() {
  const parent = process.ppid;
  const check = () => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  };
  const timer = setInterval(check, 250);
  timer.unref();
}

function ownNode() {
  try {
    const { resolve } = module.createRequire(import.meta.url);
    return join(dirname(resolve('node/package.json')), 'bin', 'node');
  } catch {
    return undefined;
  }
}

/** Runs the program with another Node, and passes signals and the exit code on. */
function runWith(node) {
  const args = [fileURLToPath(program), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`${node} cannot be run: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    for (const one of signals) process.removeAllListeners(one);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}
