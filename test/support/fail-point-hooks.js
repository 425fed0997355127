import { registerHooks } from 'node:module';

/** Loaded into the process under test, before its first module. See `fail-point.ts`. */
const { file, line, hit } = JSON.parse(process.env.TEST_FAIL_POINT);
/** In an installed package the file is JavaScript. */
const paths = [`/service/${file}`, `/dist/service/${file.replace(/\.ts$/, '.js')}`];
let times = 0;

globalThis.dieHere = () => {
  times++;
  if (times >= hit) process.kill(process.pid, 'SIGKILL');
};

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!paths.some((path) => url.endsWith(path))) return loaded;
    const source = Buffer.from(loaded.source)
      .toString()
      .split('\n')
      .map((text) => (text.trim().startsWith(line) ? `globalThis.dieHere(); ${text}` : text))
      .join('\n');
    return { ...loaded, source };
  },
});
