// Makes the extension's own environment and installs the server into it, without a terminal.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { l10n } from 'vscode';
import { inVenv, isFile, onPath, versionOf } from './find';
import { Cancelled, Problem, stopIfCancelled } from './problem';
import { findPython } from './python';
import { run, type Ran } from './run';

export interface Plan {
  /** The environment to make. */
  venv: string;
  /** The folder of the bundled wheel and its constraints; it may be empty. */
  bundle: string;
  /** The setting `pippy.server.python`. */
  python: string;
  searchPath: string;
}

export interface Follow {
  signal: AbortSignal;
  /** What is being done, in a sentence. */
  say: (sentence: string) => void;
  /** Each line that a program printed. */
  log: (line: string) => void;
}

/** llama-cpp-python's own ready-made wheels, for computers without a compiler. */
const READY_MADE = 'https://abetlen.github.io/llama-cpp-python/whl/cpu';
/** Written last: what was installed. */
const MARK = 'pippy-installed';

/** Install the server; the path of its command. Throws a Problem, or Cancelled. */
export async function install(plan: Plan, follow: Follow): Promise<string> {
  follow.say(l10n.t('Looking for Python'));
  const python = await findPython(plan.python, plan.searchPath);
  stopIfCancelled(follow.signal);
  follow.say(l10n.t('Making a place for the helper'));
  await makeVenv(plan.venv, python.file, follow);
  await pipInstall(plan, follow);
  const command = inVenv(plan.venv, 'pippy-lsp');
  if ((await versionOf(command)) === undefined) throw failed('');
  fs.writeFileSync(path.join(plan.venv, MARK), wanted(plan.bundle));
  return command;
}

/** Whether the environment holds what this version of the extension would install. */
export function isUpToDate({ venv, bundle }: Plan): boolean {
  const mark = path.join(venv, MARK);
  return isFile(mark) && fs.readFileSync(mark, 'utf8') === wanted(bundle);
}

/** The bundled wheel; undefined where the extension was built without one. */
function wheelIn(bundle: string): string | undefined {
  const names = fs.existsSync(bundle) ? fs.readdirSync(bundle) : [];
  const name = names.find((each) => each.endsWith('.whl'));
  return name === undefined ? undefined : path.join(bundle, name);
}

/** What the mark says of the bundle: a wheel of the same version may have another content. */
function wanted(bundle: string): string {
  const wheel = wheelIn(bundle);
  if (wheel === undefined) return 'pippy-lsp';
  return createHash('sha256').update(fs.readFileSync(wheel)).digest('hex');
}

async function makeVenv(venv: string, python: string, follow: Follow): Promise<void> {
  const own = inVenv(venv, 'python');
  const works = isFile(own) && (await run(own, ['-m', 'pip', '--version'])).code === 0;
  if (works) return;
  fs.rmSync(venv, { recursive: true, force: true }); // left half-made, or its Python is gone
  fs.mkdirSync(path.dirname(venv), { recursive: true });
  check(
    await run(python, ['-m', 'venv', venv], { signal: follow.signal, line: follow.log }),
    follow,
  );
}

async function pipInstall(plan: Plan, follow: Follow): Promise<void> {
  const wheel = wheelIn(plan.bundle);
  const constraints = path.join(plan.bundle, 'constraints.txt');
  const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input'];
  args.push('--progress-bar', 'off', '--prefer-binary', '--upgrade');
  if (isFile(constraints)) args.push('-c', constraints);
  if (!hasCompiler(plan.searchPath)) args.push('--extra-index-url', READY_MADE);
  const python = inVenv(plan.venv, 'python');
  const line = (text: string): void => {
    follow.log(text);
    const sentence = step(text);
    if (sentence !== undefined) follow.say(sentence);
  };
  const pip = async (...what: string[]): Promise<void> =>
    check(await run(python, [...args, ...what], { signal: follow.signal, line }), follow);
  await pip(wheel ?? 'pippy-lsp');
  // The same version with another content is nothing new to pip.
  if (wheel !== undefined) await pip('--force-reinstall', '--no-deps', wheel);
}

/** What a line of pip's means to somebody who waits. */
export function step(line: string): string | undefined {
  const getting = /^\s*Collecting ([\w.-]+)/.exec(line)?.[1];
  if (getting !== undefined) return l10n.t('Getting {0}', getting);
  if (/^\s*Building wheel for llama.cpp.python .*(started|still running)/i.test(line)) {
    return l10n.t('Building the engine for this computer. This takes 5 to 20 minutes, once');
  }
  if (/^\s*Installing collected packages/.test(line)) return l10n.t('Putting it together');
  return undefined;
}

export function hasCompiler(searchPath: string): boolean {
  if (process.platform === 'win32') {
    const roots = [process.env['ProgramFiles(x86)'], process.env['ProgramFiles']];
    return roots.some((root) => root && isFile(path.join(root, VSWHERE)));
  }
  const names = ['c++', 'g++', 'clang++'];
  return names.some((name) => onPath(name, `${searchPath}${path.delimiter}/usr/bin`).some(isFile));
}

/** Lies there where Visual Studio or its build tools were installed. */
const VSWHERE = 'Microsoft Visual Studio\\Installer\\vswhere.exe';

function check(ran: Ran, { signal }: Follow): void {
  if (ran.code === 0) return;
  if (signal.aborted) throw new Cancelled();
  throw failed(ran.failure ?? ran.output);
}

/** The Problem that an output of pip or venv tells of. */
export function failed(output: string): Problem {
  if (/No space left on device|There is not enough space on the disk/.test(output)) {
    return new Problem(
      l10n.t('There is not enough room on the disk. Make some room and try again.'),
      output,
    );
  }
  if (NO_NETWORK.test(output)) {
    return new Problem(
      l10n.t('The internet can not be reached. Look at the connection and try again.'),
      output,
    );
  }
  if (NO_COMPILER.test(output)) return new Problem(compilerMissing(), output);
  return new Problem(l10n.t('The helper could not be installed. The log says why.'), output);
}

const NO_NETWORK =
  /Failed to establish a new connection|Name or service not known|getaddrinfo failed|Temporary failure in name resolution|Network is unreachable|nodename nor servname/;
const NO_COMPILER =
  /CMAKE_C(XX)?_COMPILER|Microsoft Visual C\+\+|nmake|xcode-select|Failed (to build|building wheel for).*llama|Failed to build installable wheels.*\n?.*llama/i;

function compilerMissing(): string {
  const how: Partial<Record<NodeJS.Platform, string>> = {
    linux: 'sudo apt install build-essential',
    darwin: 'xcode-select --install',
    win32: 'winget install Microsoft.VisualStudio.2022.BuildTools',
  };
  return l10n.t(
    'The engine must be built here, and this computer has no C++ compiler that can do it. A grown-up can install one ({0}); then try again.',
    how[process.platform] ?? 'g++',
  );
}
