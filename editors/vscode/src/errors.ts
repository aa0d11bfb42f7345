// The error of a program that was run in the terminal, explained.

import * as path from 'node:path';
import {
  l10n,
  StatusBarAlignment,
  Uri,
  window,
  workspace,
  type Disposable,
  type TerminalShellExecution,
} from 'vscode';
import type { Pippy } from './pippy';
import { showPage } from './show';

/** The end of an output: a traceback stands last. */
const KEPT = 20_000;
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

export interface ProgramError {
  text: string;
  /** As Python calls it: NameError. */
  kind: string;
  /** The last file that the error names: the child's, more often than not. */
  file: string | undefined;
}

/** The last error of Python's in what a terminal showed. */
export function errorIn(output: string): ProgramError | undefined {
  const text = output.replace(ESCAPES, '').replace(/\r+\n/g, '\n').slice(-KEPT);
  const at = Math.max(text.lastIndexOf('Traceback (most recent call last)'), lastSyntaxError(text));
  if (at < 0) return undefined;
  const error = text.slice(at);
  const end = /^(?:\w+\.)*(\w*(?:Error|Exception|Interrupt|Iteration|Exit))\b.*$/m.exec(error);
  if (end?.[1] === undefined) return undefined;
  const files = [...error.matchAll(/^\s*File "([^"<][^"]*)", line \d+/gm)];
  return { text: error.slice(0, end.index + end[0].length), kind: end[1], file: files.at(-1)?.[1] };
}

/** A program that can't be read has no `Traceback` line. */
function lastSyntaxError(text: string): number {
  const found = [
    ...text.matchAll(
      /^ {2}File "[^"\n]+", line \d+\n(?: {4}.*\n)+\w*(?:Syntax|Indentation|Tab)Error/gm,
    ),
  ];
  return found.at(-1)?.index ?? -1;
}

export class ErrorWatcher {
  private readonly item = window.createStatusBarItem('pippy.error', StatusBarAlignment.Right, 101);
  private readonly watches: Disposable[];
  private folder = '';
  last: ProgramError | undefined;

  constructor(private readonly pippy: Pippy) {
    this.item.name = l10n.t('The last error');
    this.item.command = 'pippy.explainLastError';
    this.watches = [
      window.onDidStartTerminalShellExecution(({ execution }) => void this.follow(execution)),
    ];
  }

  dispose(): void {
    for (const each of [this.item, ...this.watches]) each.dispose();
  }

  /** Explain the last error of a program. */
  async explain(error = this.last): Promise<void> {
    if (error === undefined) return;
    const uri = this.uriOf(error);
    const document = uri === undefined ? {} : { textDocument: { uri: this.pippy.uri(uri) } };
    const params = { error: error.text, ...document };
    const said = await this.pippy.request<{ markdown: string }>('pippy/explainError', params);
    if (said) await showPage(l10n.t('What does this error mean?'), said.markdown);
  }

  private async follow(execution: TerminalShellExecution): Promise<void> {
    this.show(undefined);
    const folder = execution.cwd?.fsPath ?? '';
    let output = '';
    for await (const piece of execution.read()) output = (output + piece).slice(-2 * KEPT);
    this.folder = folder;
    this.show(errorIn(output));
  }

  private show(error: ProgramError | undefined): void {
    this.last = error;
    if (error === undefined || !this.pippy.running) {
      this.item.hide();
      return;
    }
    this.item.text = `$(lightbulb) ${l10n.t('What does {0} mean?', error.kind)}`;
    this.item.show();
  }

  /** The child's file that the error names. */
  private uriOf({ file }: ProgramError): Uri | undefined {
    if (file === undefined) return undefined;
    const whole = path.isAbsolute(file) ? file : path.join(this.folder, file);
    const open = workspace.textDocuments.find((each) => each.uri.fsPath === whole);
    return open?.uri ?? (path.isAbsolute(whole) ? Uri.file(whole) : undefined);
  }
}
