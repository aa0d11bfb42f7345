// Finds a Python that can make an environment.

import * as os from 'node:os';
import * as path from 'node:path';
import { l10n } from 'vscode';
import { isFile, onPath } from './find';
import { Problem } from './problem';
import { run } from './run';

const OLDEST = [3, 10] as const;
const ANSWER_MS = 30_000;
/** Printed as JSON, so that nothing that a start-up file prints is taken for the answer. */
const ASK = `
import json, sys
try:
    import ensurepip, venv
    whole = True
except ImportError:
    whole = False
print("PIPPY" + json.dumps({"version": sys.version_info[:2], "file": sys.executable, "whole": whole}))
`;

export interface Python {
  file: string;
  version: [number, number];
  /** Whether it has `venv` and `ensurepip`, which Debian packs apart. */
  whole: boolean;
}

/** The first Python that will do; `setting` (`pippy.server.python`) goes before all others. */
export async function findPython(setting: string, searchPath: string): Promise<Python> {
  const seen: Python[] = [];
  for (const [command, ...args] of candidates(setting, searchPath)) {
    const python = command === undefined ? undefined : await ask(command, args);
    if (python) seen.push(python);
    if (python && python.whole && !tooOld(python)) return python;
  }
  throw new Problem(why(setting, seen));
}

function* candidates(setting: string, searchPath: string): Generator<string[]> {
  if (setting) {
    yield [setting.replace(/^~(?=[/\\]|$)/, os.homedir())];
    return;
  }
  if (process.platform === 'win32') yield ['py', '-3'];
  // An editor that is started from a dock or a menu has a shorter PATH than a terminal.
  const usual =
    process.platform === 'win32' ? [] : ['/usr/local/bin', '/opt/homebrew/bin', '/usr/bin'];
  const along = [searchPath, ...usual].join(path.delimiter);
  for (const name of ['python3', 'python']) {
    for (const file of new Set(onPath(name, along))) if (isFile(file)) yield [file];
  }
}

async function ask(command: string, args: readonly string[]): Promise<Python | undefined> {
  const ran = await run(command, [...args, '-c', ASK], { timeout: ANSWER_MS, cwd: os.tmpdir() });
  const said = /^PIPPY(.*)$/m.exec(ran.output)?.[1];
  return said === undefined ? undefined : (JSON.parse(said) as Python);
}

function tooOld({ version: [major, minor] }: Python): boolean {
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

function why(setting: string, seen: readonly Python[]): string {
  const young = seen.find((python) => !tooOld(python));
  if (young) {
    const name = `python${young.version.join('.')}-venv`;
    return process.platform === 'linux'
      ? l10n.t(
          'Python is here, but a part of it is missing. A grown-up can install it: sudo apt install {0}',
          name,
        )
      : l10n.t(
          'Python is here, but a part of it is missing. Install Python again, from python.org.',
        );
  }
  const old = seen[0];
  if (old) {
    return l10n.t(
      'Pippy needs Python {0} or newer, and this computer has Python {1}. Install a newer one, from python.org.',
      OLDEST.join('.'),
      old.version.join('.'),
    );
  }
  return setting
    ? l10n.t(
        'The setting "{0}" names "{1}", and that is not Python. Correct it, or leave it empty.',
        'pippy.server.python',
        setting,
      )
    : l10n.t(
        'Pippy needs Python, and there is none on this computer. Install it, from python.org.',
      );
}
