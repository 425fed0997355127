import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
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
const outDir = fileURLToPath(new URL('../service/page/built/', import.meta.url));

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
  await rm(outDir, { recursive: true, force: true });
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
} else {
  process.stderr.write('The page is not built: Vite is a development dependency.\n');
}
