// Bundles the extension into dist/, or with --tests the unit tests into dist-test/.
import { build } from 'esbuild';
import { readdirSync } from 'node:fs';

const tests = process.argv.includes('--tests');
const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'warning',
  // vscode-languageclient's `main` field points at its Node entry only through `exports`.
  conditions: ['node'],
};

if (tests) {
  const files = readdirSync('test').filter((name) => name.endsWith('.test.ts'));
  await build({
    ...common,
    entryPoints: files.map((name) => `test/${name}`),
    outdir: 'dist-test',
    alias: { vscode: './test/vscode.ts' },
  });
} else {
  await build({
    ...common,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    minify: process.argv.includes('--production'),
    sourcemap: process.argv.includes('--production') ? false : 'linked',
  });
}
