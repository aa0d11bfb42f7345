import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';
import { findServer, inVenv, type Places } from '../src/find';
import { failed, hasCompiler, step } from '../src/install';
import { findPython } from '../src/python';
import { run } from '../src/run';
import { chosen } from '../src/settings';
import { configure } from './vscode';

const WINDOWS = process.platform === 'win32';

function scratch(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), 'pippy-'));
}

/** A program that prints `output`. */
function program(file: string, output: string, code = 0): string {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\ncat <<'END'\n${output}\nEND\nexit ${code}\n`, { mode: 0o755 });
  return file;
}

function places(more: Partial<Places>): Places {
  return { setting: '', folders: [], own: '/nowhere', searchPath: '', ...more };
}

test('the server is looked for in order', { skip: WINDOWS }, async () => {
  const folder = scratch();
  const own = path.join(folder, 'own');
  const work = path.join(folder, 'work');
  const bin = path.join(folder, 'bin');
  const all = places({ own, folders: [work], searchPath: bin });
  assert.equal(await findServer(all), undefined);
  const order: [string, string][] = [
    [inVenv(own, 'pippy-lsp'), 'own'],
    [inVenv(path.join(work, '.venv'), 'pippy-lsp'), 'workspace'],
    [path.join(bin, 'pippy-lsp'), 'path'],
  ];
  for (const [command, from] of order) {
    program(command, 'pippy-lsp 1.2.3');
    assert.deepEqual(await findServer(all), { command, from, version: '1.2.3' });
  }
  const named = places({ ...all, setting: own });
  assert.equal((await findServer(named))?.command, inVenv(own, 'pippy-lsp'));
});

test('what is broken or something else is no server', { skip: WINDOWS }, async () => {
  const bin = scratch();
  program(path.join(bin, 'pippy-lsp'), 'something else 1.0');
  assert.equal(await findServer(places({ searchPath: bin })), undefined);
  program(path.join(bin, 'pippy-lsp'), 'pippy-lsp 1.0', 1);
  assert.equal(await findServer(places({ searchPath: bin })), undefined);
  await assert.rejects(
    findServer(places({ setting: path.join(bin, 'pippy-lsp') })),
    /pippy\.server\.path/,
  );
});

const PYTHONS: [string, string, RegExp][] = [
  ['is not there', '', /names ".*", and that is not Python/],
  ['is something else', 'hello', /names ".*", and that is not Python/],
  ['is old', 'PIPPY{"version": [3, 8], "file": "/p", "whole": true}', /has Python 3\.8/],
  [
    'has no venv',
    'PIPPY{"version": [3, 11], "file": "/p", "whole": false}',
    /a part of it is missing/,
  ],
];

for (const [name, output, sentence] of PYTHONS) {
  test(`Python ${name}`, { skip: WINDOWS }, async () => {
    const file = path.join(scratch(), 'python3');
    if (output) program(file, output);
    await assert.rejects(findPython(file, ''), sentence);
  });
}

const FAILURES: [string, RegExp][] = [
  ['OSError: [Errno 28] No space left on device', /not enough room/],
  [
    'WARNING: Retrying ... Failed to establish a new connection: [Errno -2] Name or service not known',
    /internet/,
  ],
  ['CMake Error: CMAKE_CXX_COMPILER not set, after EnableLanguage', /no C\+\+ compiler/],
  ['error: Microsoft Visual C++ 14.0 or greater is required', /no C\+\+ compiler/],
  ['ERROR: Failed building wheel for llama-cpp-python', /no C\+\+ compiler/],
  ['something nobody has seen', /The log says why/],
];

for (const [output, sentence] of FAILURES) {
  test(`pip says: ${output.slice(0, 40)}`, () => {
    const problem = failed(output);
    assert.match(problem.message, sentence);
    assert.doesNotMatch(problem.message, /Error|Traceback|Errno/);
    assert.equal(problem.details, output);
  });
}

test('the progress says what is done', () => {
  assert.equal(step('Collecting pygls<3,>=2.1 (from pippy-lsp)'), 'Getting pygls');
  assert.match(
    step('  Building wheel for llama-cpp-python (pyproject.toml): started') ?? '',
    /Building the engine/,
  );
  assert.equal(step('  Downloading pygls-2.1.whl (70 kB)'), undefined);
});

test('a compiler is seen', { skip: WINDOWS }, () => {
  const bin = scratch();
  program(path.join(bin, 'clang++'), '');
  assert.ok(hasCompiler(bin));
});

test('a program is stopped with all that it started', { skip: WINDOWS }, async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 200);
  const ran = await run('/bin/sh', ['-c', 'sleep 60 & wait'], { signal: stop.signal });
  assert.equal(ran.code, null);
  assert.equal((await run('/nowhere/program', [])).failure, 'ENOENT');
});

test('the server is told only what somebody has set', () => {
  configure({
    level: { globalValue: 2, workspaceValue: 3 },
    'completion.mode': { globalValue: 'line' },
    'teaching.explain': {},
    enabled: { globalValue: false },
  });
  assert.deepEqual(chosen(), { level: 3, completion: { mode: 'line' } });
});
