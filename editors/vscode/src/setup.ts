// Sets Pippy up: the server and its model, with a progress and no terminal.

import { l10n, ProgressLocation, window, type Progress } from 'vscode';
import { install, isUpToDate } from './install';
import { facts, list, pull } from './models';
import type { Pippy } from './pippy';
import { Cancelled } from './problem';

type Report = Progress<{ message?: string; increment?: number }>;

/** Get what is missing, then start. */
export async function setUp(pippy: Pippy, model = 'auto'): Promise<void> {
  try {
    if (pippy.server === undefined || (pippy.server.from === 'own' && !isUpToDate(pippy.plan()))) {
      await installServer(pippy);
    }
    await getModel(pippy, model);
  } catch (error) {
    if (!(error instanceof Cancelled)) pippy.tell(error);
    else pippy.status.show('missing');
    return;
  }
  await pippy.refresh();
}

async function installServer(pippy: Pippy): Promise<void> {
  await pippy.stop(); // its files are about to change
  pippy.status.show('installing');
  await withProgress(l10n.t('Setting up Pippy'), async (report, signal) => {
    const say = (message: string): void => report.report({ message });
    const log = (line: string): void => pippy.log.info(line);
    const command = await install(pippy.plan(), { signal, say, log });
    pippy.server = { command, version: '', from: 'own' };
  });
}

/** Get a model. Throws a Problem, or Cancelled. */
export async function getModel(pippy: Pippy, model: string): Promise<void> {
  const server = pippy.server;
  if (server === undefined) return;
  pippy.status.show('installing');
  await withProgress(l10n.t('Getting the model'), async (report, signal) => {
    let before = 0;
    await pull(server.command, model, {
      signal,
      log: (line) => pippy.log.info(line),
      percent: (percent, message) => {
        report.report({ message, increment: Math.max(0, percent - before) });
        before = Math.max(before, percent);
      },
    });
  });
}

async function withProgress(
  title: string,
  work: (report: Report, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const options = { location: ProgressLocation.Notification, title, cancellable: true };
  await window.withProgress(options, async (report, token) => {
    const stop = new AbortController();
    token.onCancellationRequested(() => stop.abort());
    await work(report, stop.signal);
  });
}

/** Ask whether what is missing may be got; nothing is downloaded without a yes. */
export async function offer(pippy: Pippy, what: 'server' | 'model', name: string): Promise<void> {
  const yes = what === 'server' ? l10n.t('Set up') : l10n.t('Get it');
  const question = what === 'server' ? aboutServer(pippy) : await aboutModel(pippy, name);
  const choice = await window.showInformationMessage(question, yes, l10n.t('Not now'));
  if (choice === yes) await setUp(pippy, name || 'auto');
}

function aboutServer(pippy: Pippy): string {
  return pippy.server === undefined
    ? l10n.t('Pippy needs its helper, and it is not on this computer yet. Shall it be set up?')
    : l10n.t('There is a newer helper for Pippy. Shall it be set up?');
}

async function aboutModel(pippy: Pippy, name: string): Promise<string> {
  const models = pippy.server ? await list(pippy.server.command).catch(() => []) : [];
  const model = models.find((each) => each.name === name);
  const question = l10n.t("Pippy's model is not on this computer yet. Shall it be downloaded?");
  return `${question} (${[name, ...(model ? facts(model) : [])].join(', ')})`;
}
