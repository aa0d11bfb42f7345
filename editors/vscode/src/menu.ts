// The menu of the status bar: everything that Pippy can do, in one place.

import { commands, l10n, QuickPickItemKind, window, type QuickPickItem } from 'vscode';
import type { ErrorWatcher } from './errors';
import { LANGUAGES, levels, modes } from './pick';
import type { Pippy } from './pippy';
import { get } from './settings';

interface Entry extends QuickPickItem {
  command?: string;
}

export async function showMenu(pippy: Pippy, errors: ErrorWatcher): Promise<void> {
  const choice = await window.showQuickPick(entries(pippy, errors), { title: 'Pippy' });
  if (choice?.command !== undefined) await commands.executeCommand(choice.command);
}

function entries(pippy: Pippy, errors: ErrorWatcher): Entry[] {
  const line = { label: '', kind: QuickPickItemKind.Separator };
  if (!get('enabled', true))
    return [entry('$(play)', l10n.t('Turn Pippy on'), 'pippy.turnOn'), ...more()];
  if (pippy.server === undefined || pippy.status.state === 'missing') {
    return [entry('$(cloud-download)', l10n.t('Set up Pippy'), 'pippy.setUp'), line, ...more()];
  }
  return [
    ...(pippy.running ? asking(errors) : []),
    line,
    ...choosing(),
    line,
    ...running(),
    ...more(),
  ];
}

function asking(errors: ErrorWatcher): Entry[] {
  const last =
    errors.last &&
    entry(
      '$(lightbulb)',
      l10n.t('What does {0} mean?', errors.last.kind),
      'pippy.explainLastError',
    );
  return [
    ...(last ? [last] : []),
    entry('$(comment)', l10n.t('Explain this line'), 'pippy.explainHere'),
    entry('$(bug)', l10n.t('What is wrong here?'), 'pippy.explainErrorHere'),
    entry('$(question)', l10n.t('Ask a question'), 'pippy.askPippy'),
  ];
}

function choosing(): Entry[] {
  const level = levels().find(([value]) => value === get<unknown>('level', 'auto'))?.[1];
  const language = LANGUAGES.find(([value]) => value === get('language', 'en'))?.[1];
  const mode = modes().find(([value]) => value === get('completion.mode', 'block'))?.[1];
  return [
    entry('$(mortar-board)', l10n.t('My level'), 'pippy.pickLevel', level),
    entry('$(edit)', l10n.t('Ghost text'), 'pippy.pickMode', mode),
    entry('$(globe)', l10n.t('Language'), 'pippy.pickLanguage', language),
    entry('$(chip)', l10n.t('Model'), 'pippy.pickModel', get('model.name', 'auto')),
  ];
}

function running(): Entry[] {
  return [
    entry('$(pulse)', l10n.t('How is Pippy?'), 'pippy.howIsPippy'),
    entry('$(debug-restart)', l10n.t('Start Pippy again'), 'pippy.restart'),
    entry('$(circle-slash)', l10n.t('Turn Pippy off'), 'pippy.turnOff'),
  ];
}

function more(): Entry[] {
  return [
    entry('$(rocket)', l10n.t('First steps with Pippy'), 'pippy.firstSteps'),
    entry('$(output)', l10n.t('Show the log'), 'pippy.showLog'),
  ];
}

function entry(icon: string, label: string, command: string, description = ''): Entry {
  return { label: `${icon} ${label}`, command, description };
}
