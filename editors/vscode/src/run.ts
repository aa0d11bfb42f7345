// Runs a program and follows what it prints, line by line.

import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What a program did. `code` is null when it could not be started or was stopped. */
export interface Ran {
  code: number | null;
  /** Standard output and error together, the last part of it. */
  output: string;
  /** Node's code, such as ENOENT, where it could not be started. */
  failure?: string;
}

export interface RunOptions {
  line?: (line: string) => void;
  signal?: AbortSignal;
  /** Milliseconds; none waits as long as it takes. */
  timeout?: number;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

const KEPT = 100_000;

/** Run `command` to its end. It never throws: look at the result. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const windows = process.platform === 'win32';
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
      windowsHide: true,
      detached: !windows, // a group of its own, so that a stop reaches a compiler too
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    let output = '';
    const add = (line: string): void => {
      output = `${output}${line}\n`.slice(-KEPT);
      options.line?.(line);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      createInterface({ input: stream, crlfDelay: Infinity }).on('line', add);
    }
    const stop = (): void => kill(child);
    const timer = options.timeout === undefined ? undefined : setTimeout(stop, options.timeout);
    options.signal?.addEventListener('abort', stop, { once: true });
    const end = (ran: Ran): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', stop);
      resolve(ran);
    };
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({ code: null, output, failure: error.code ?? error.message }),
    );
    child.on('close', (code) => end({ code, output }));
    if (options.signal?.aborted) stop();
  });
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/T', '/F']);
    else process.kill(-child.pid, 'SIGTERM');
  } catch {
    // it has ended by itself
  }
}
