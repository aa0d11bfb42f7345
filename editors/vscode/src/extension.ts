// Wires everything together.

import { commands, l10n, Uri, window, workspace, type ExtensionContext } from 'vscode';
import { ErrorWatcher } from './errors';
import { showMenu } from './menu';
import { pickLanguage, pickLevel, pickMode, pickModel } from './pick';
import { Pippy } from './pippy';
import { set } from './settings';
import { offer, setUp } from './setup';
import { servePages } from './show';

let pippy: Pippy | undefined;

export function activate(context: ExtensionContext): void {
  const log = window.createOutputChannel('Pippy', { log: true });
  const made = new Pippy(context, log, (what, name) => void offer(made, what, name));
  pippy = made;
  const errors = new ErrorWatcher(made);
  context.subscriptions.push(log, made.status, errors, servePages());
  for (const [name, run] of Object.entries(handlers(made, errors, context))) {
    context.subscriptions.push(commands.registerCommand(`pippy.${name}`, run));
  }
  context.subscriptions.push(
    workspace.onDidChangeConfiguration((event) => {
      const ours = ['enabled', 'server'].some((name) =>
        event.affectsConfiguration(`pippy.${name}`),
      );
      if (ours) void made.refresh();
      else if (event.affectsConfiguration('pippy')) made.settingsChanged();
    }),
    workspace.onDidGrantWorkspaceTrust(() => {
      if (made.server === undefined) void made.refresh();
    }),
  );
  void made.refresh();
}

export function deactivate(): Promise<void> | undefined {
  return pippy?.stop();
}

type Handlers = Record<string, (...args: never[]) => unknown>;

function handlers(pippy: Pippy, errors: ErrorWatcher, context: ExtensionContext): Handlers {
  return {
    menu: () => showMenu(pippy, errors),
    explainHere: (uri?: string, line?: number) => explainHere(pippy, uri, line),
    explainErrorHere: () => explainErrorHere(pippy),
    askPippy: () => askPippy(pippy),
    explainLastError: () => errors.explain(),
    howIsPippy: () => pippy.execute('pippy.doctor'),
    pickLevel,
    pickLanguage,
    pickMode,
    pickModel: () => pickModel(pippy),
    restart: () => pippy.refresh(),
    turnOn: () => set('enabled', true),
    turnOff: () => set('enabled', false),
    setUp: () => setUp(pippy),
    firstSteps: () =>
      commands.executeCommand(
        'workbench.action.openWalkthrough',
        `${context.extension.id}#firstSteps`,
      ),
    showLog: () => pippy.log.show(true),
  };
}

/** Explain a line that a hover names, else the selected ones, or the cursor's. */
async function explainHere(pippy: Pippy, uri?: string, line?: number): Promise<void> {
  const editor = window.activeTextEditor;
  if (typeof uri === 'string' && line !== undefined) {
    await pippy.execute('pippy.explain', pippy.uri(Uri.parse(uri)), line, line);
  } else if (editor) {
    const { start, end } = editor.selection;
    await pippy.execute('pippy.explain', pippy.uri(editor.document.uri), start.line, end.line);
  }
}

/** Explain the traceback that was pasted here, else what is wrong in the cursor's line. */
async function explainErrorHere(pippy: Pippy): Promise<void> {
  const editor = window.activeTextEditor;
  if (!editor) return;
  const { line, character } = editor.selection.active;
  await pippy.execute('pippy.explainError', pippy.uri(editor.document.uri), line, character);
}

/** Answer a question in the child's own words; the program at hand is what it is about. */
async function askPippy(pippy: Pippy): Promise<void> {
  const title = l10n.t('What do you want to know about Python?');
  const placeHolder = l10n.t('How do I repeat something 5 times?');
  const question = await window.showInputBox({ title, placeHolder });
  if (!question?.trim()) return;
  const editor = window.activeTextEditor;
  const place = editor ? [pippy.uri(editor.document.uri), editor.selection.active.line] : [];
  await pippy.execute('pippy.ask', question, ...place);
}
