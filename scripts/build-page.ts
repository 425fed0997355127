import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/**
 * Builds the web page into `service/page/built/`, each text file also compressed with brotli and gzip.
 * Without the development dependencies there is nothing to build with: the image and the package bring
 * the built files along.
 */
const root = fileURLToPath(new URL('../page/', import.meta.url));
const builtDir = fileURLToPath(new URL('../service/page/built', import.meta.url));
/** Exchanged at the end, so that a service that starts meanwhile finds a whole page. */
const outDir = `${builtDir}.${process.pid}`;

function isViteInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve('vite');
    return true;
  } catch {
    return false;
  }
}

async function build(): Promise<void> {
  const vite = await import('vite');
  await vite.build({
    root,
    configFile: false,
    logLevel: 'warn',
    // Relative addresses work behind a proxy that serves the page below a path.
    base: './',
    publicDir: false,
    build: {
      outDir,
      emptyOutDir: true,
      // A file that is inlined would need a weaker Content-Security-Policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      target: 'es2023',
      reportCompressedSize: false,
    },
  });
}

const compressible = /\.(?:html|js|css|svg)$/;

async function compressAll(): Promise<void> {
  const names = await readdir(outDir, { recursive: true });
  for (const name of names.filter((one) => compressible.test(one))) {
    const file = join(outDir, name);
    const bytes = await readFile(file);
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }));
    await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  }
}

if (isViteInstalled()) {
  await build();
  await compressAll();
  await rm(builtDir, { recursive: true, force: true });
  await rename(outDir, builtDir);
} else {
  process.stderr.write('The page is not built: Vite is a development dependency.\n');
}
