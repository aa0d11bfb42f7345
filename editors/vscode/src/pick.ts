// The pickers: level, language, ghost text, model.

import { env, l10n, Uri, window, type QuickPickItem } from 'vscode';
import { facts, list, type Model } from './models';
import type { Pippy } from './pippy';
import { Cancelled } from './problem';
import { get, set, type Name } from './settings';
import { getModel } from './setup';

interface Choice extends QuickPickItem {
  value: unknown;
}

export type Level = 'auto' | 1 | 2 | 3 | 4 | 5;

/** The levels' names; those of `prompts/levels.toml`. */
export function levels(): [Level, string][] {
  return [
    ['auto', l10n.t('Pippy finds out by itself')],
    [1, l10n.t('First steps')],
    [2, l10n.t('Choices and loops')],
    [3, l10n.t('Collections and functions')],
    [4, l10n.t('Modules and files')],
    [5, l10n.t('All of Python')],
  ];
}

export const LANGUAGES: readonly (readonly [string, string])[] = [
  ['en', 'English'],
  ['es', 'Español'],
];

export function modes(): [string, string, string][] {
  return [
    ['block', l10n.t('A few lines'), l10n.t('Finish a line, or a small block')],
    ['line', l10n.t('One line'), l10n.t('Finish the line, no more')],
    ['hint', l10n.t('A hint'), l10n.t('Say in a comment what to do next')],
    ['off', l10n.t('Nothing'), l10n.t('No ghost text')],
  ];
}

export function pickLevel(): Promise<void> {
  const choices = levels().map(([value, name]) => ({
    value,
    label: value === 'auto' ? name : `${value}  ${name}`,
  }));
  return pick('level', l10n.t('How much Python do you know?'), choices, 'auto');
}

export function pickLanguage(): Promise<void> {
  const choices = LANGUAGES.map(([value, label]) => ({ value, label }));
  return pick('language', l10n.t('Which language shall Pippy speak?'), choices, 'en');
}

export function pickMode(): Promise<void> {
  const choices = modes().map(([value, label, detail]) => ({ value, label, detail }));
  return pick('completion.mode', l10n.t('What shall Pippy write ahead of you?'), choices, 'block');
}

async function pick(
  name: Name,
  title: string,
  choices: Choice[],
  otherwise: unknown,
): Promise<void> {
  const choice = await ask(title, choices, get<unknown>(name, otherwise));
  if (choice !== undefined) await set(name, choice.value);
}

async function ask<T extends Choice>(
  title: string,
  choices: T[],
  now: unknown,
): Promise<T | undefined> {
  const marked = choices.map((each) =>
    each.value === now ? { ...each, description: `✓ ${each.description ?? ''}` } : each,
  );
  return window.showQuickPick(marked, { title, matchOnDetail: true });
}

/** Choose a model, and get it where it is not here. */
export async function pickModel(pippy: Pippy): Promise<void> {
  const server = pippy.server;
  if (server === undefined) return;
  try {
    const models = await list(server.command);
    const auto = models.find((model) => model.auto);
    const choices: (Choice & { model?: Model })[] = [
      { value: 'auto', label: l10n.t('What suits this computer'), detail: auto?.name ?? '' },
      ...models.map((model) => ({
        value: model.name,
        label: model.name,
        detail: detail(model),
        model,
      })),
    ];
    const title = l10n.t('Which model shall Pippy think with?');
    const choice = await ask(title, choices, get('model.name', 'auto'));
    if (choice === undefined) return;
    const wanted = choice.model ?? auto;
    if (wanted && !wanted.installed) {
      if (!(await agreed(wanted))) return;
      await getModel(pippy, wanted.name);
    }
    await set('model.name', choice.value);
    if (wanted && !wanted.installed) await pippy.refresh(); // the server had given it up
  } catch (error) {
    if (error instanceof Cancelled) await pippy.refresh();
    else pippy.tell(error);
  }
}

function detail(model: Model): string {
  const here = model.installed ? l10n.t('on this computer') : l10n.t('must be downloaded');
  return [here, ...facts(model)].join(' · ');
}

/** Whether the model may be downloaded: its size and its licence are said first. */
async function agreed(model: Model): Promise<boolean> {
  const yes = l10n.t('Get it');
  const read = l10n.t('Read the licence');
  const question = l10n.t('Shall {0} be downloaded?', model.name);
  const options = { modal: true, detail: facts(model).join(' · ') };
  for (;;) {
    const choice = await window.showInformationMessage(question, options, yes, read);
    if (choice !== read) return choice === yes;
    await env.openExternal(Uri.parse(model.licence_url));
  }
}
