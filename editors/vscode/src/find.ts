// Finds the server: the setting, the PATH, the folder's own environment, the extension's own.

import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { l10n } from 'vscode';
import { Problem } from './problem';
import { run } from './run';

export interface Server {
  /** The whole path of `pippy-lsp`. */
  command: string;
  version: string;
  from: 'setting' | 'path' | 'workspace' | 'own';
}

export interface Places {
  /** The setting `pippy.server.path`; "" where it is not set. */
  setting: string;
  /** The opened folders, where they are trusted. */
  folders: readonly string[];
  /** The environment that the extension made, or will make. */
  own: string;
  /** The PATH, to look along. */
  searchPath: string;
}

const ANSWER_MS = 30_000;
const WINDOWS = process.platform === 'win32';

/** A program of an environment, as Python's `venv` lays it out. */
export function inVenv(venv: string, program: string): string {
  return WINDOWS ? path.join(venv, 'Scripts', `${program}.exe`) : path.join(venv, 'bin', program);
}

/** The server, or undefined where there is none. Throws a Problem when the setting names none. */
export async function findServer(places: Places): Promise<Server | undefined> {
  if (places.setting) {
    const found = await first(fromSetting(places), 'setting');
    if (found) return found;
    throw new Problem(
      l10n.t(
        'The setting "{0}" names "{1}", and that is not pippy-lsp. Correct it, or leave it empty.',
        'pippy.server.path',
        places.setting,
      ),
    );
  }
  return (
    (await first(onPath('pippy-lsp', places.searchPath), 'path')) ??
    (await first(places.folders.flatMap(inFolder), 'workspace')) ??
    (await first([inVenv(places.own, 'pippy-lsp')], 'own'))
  );
}

/** The setting's file, or the environment's program where it names an environment. */
function fromSetting({ setting, folders }: Places): string[] {
  const home = setting.replace(/^~(?=[/\\]|$)/, os.homedir());
  const bases = path.isAbsolute(home) ? [home] : folders.map((folder) => path.join(folder, home));
  return bases.flatMap((base) => [base, inVenv(base, 'pippy-lsp')]);
}

function inFolder(folder: string): string[] {
  return ['.venv', 'venv'].map((name) => inVenv(path.join(folder, name), 'pippy-lsp'));
}

/** The files that `program` could mean along a PATH. */
export function onPath(program: string, searchPath: string): string[] {
  const name = WINDOWS ? `${program}.exe` : program;
  const folders = searchPath.split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  return folders.map((folder) => path.join(folder, name));
}

async function first(
  candidates: readonly string[],
  from: Server['from'],
): Promise<Server | undefined> {
  for (const command of candidates) {
    const version = isFile(command) ? await versionOf(command) : undefined;
    if (version !== undefined) return { command, version, from };
  }
  return undefined;
}

export function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile();
  } catch {
    return false; // not there, or below something that is no folder
  }
}

/** What `pippy-lsp --version` says; undefined where it is something else, or broken. */
export async function versionOf(command: string): Promise<string | undefined> {
  const ran = await run(command, ['--version'], { timeout: ANSWER_MS, cwd: os.tmpdir() });
  return ran.code === 0 ? /^pippy-lsp (\S+)$/m.exec(ran.output)?.[1] : undefined;
}
