// The models, as `pippy-lsp models` tells of them.

import { Cancelled, Problem } from './problem';
import { run } from './run';
import { get } from './settings';

/** One of `pippy-lsp models list --json`. */
export interface Model {
  name: string;
  title: string;
  /** Bytes; 0 where it is not known yet. */
  size: number;
  installed: boolean;
  licence: string;
  licence_url: string;
  /** Whether "auto" takes it on this computer. */
  auto: boolean;
}

export interface Pull {
  signal: AbortSignal;
  log: (line: string) => void;
  percent: (percent: number, line: string) => void;
}

const LIST_MS = 60_000;

function environment(): NodeJS.ProcessEnv {
  return { PIPPY_LANGUAGE: get('language', 'en'), PYTHONUTF8: '1' };
}

/** The models that there are. Throws a Problem. */
export async function list(command: string): Promise<Model[]> {
  const options = { timeout: LIST_MS, env: environment() };
  const ran = await run(command, ['models', 'list', '--json'], options);
  if (ran.code !== 0) throw new Problem(lastLine(ran.output), ran.output);
  return JSON.parse(ran.output) as Model[];
}

/** Get a model; it goes on where it stopped before. Throws a Problem, or Cancelled. */
export async function pull(command: string, name: string, follow: Pull): Promise<void> {
  const line = (text: string): void => {
    follow.log(text);
    const percent = /(\d+) %/.exec(text)?.[1];
    if (percent !== undefined) follow.percent(Number(percent), text);
  };
  const options = { signal: follow.signal, line, env: environment() };
  const ran = await run(command, ['models', 'pull', name], options);
  if (follow.signal.aborted) throw new Cancelled();
  // The command line says in its last line, for a child, what went wrong.
  if (ran.code !== 0) throw new Problem(lastLine(ran.output), ran.output);
}

/** Its size, where that is known, and its licence. */
export function facts(model: Model): string[] {
  const size = model.size ? [`${Math.round(model.size / 2 ** 20)} MB`] : [];
  return [...size, model.licence];
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
