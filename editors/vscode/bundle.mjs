// Puts the server's wheel, what it was tested with, and the licence into the extension.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';

const python = process.env.PYTHON ?? (process.platform === 'win32' ? 'py' : 'python3');
rmSync('bundle', { recursive: true, force: true });
mkdirSync('bundle');
const pip = ['-m', 'pip', 'wheel', '--quiet', '--disable-pip-version-check', '--no-deps'];
execFileSync(python, [...pip, '--wheel-dir', 'bundle', '../..'], { stdio: 'inherit' });
copyFileSync('../../constraints.txt', 'bundle/constraints.txt');
copyFileSync('../../LICENSE', 'LICENSE');
