// The settings: what the server is told of them, and how they are changed.

import { ConfigurationTarget, workspace } from 'vscode';

export const SECTION = 'pippy';

/** The server's settings, as `pippy_lsp/settings.py` has them. The others are the extension's. */
export const SERVER_SETTINGS = [
  'language',
  'level',
  'sparing.when',
  'sparing.busy',
  'sparing.debounceMs',
  'panel',
  'sandbox',
  'model.name',
  'model.teacher',
  'model.context',
  'model.threads',
  'model.inlineAdapter',
  'model.teacherAdapter',
  'model.adapterScale',
  'model.server',
  'model.serverModel',
  'model.remote',
  'completion.mode',
  'completion.debounceMs',
  'completion.maxLines',
  'completion.timeoutS',
  'completion.asItem',
  'teaching.explain',
  'teaching.hoverWaitMs',
  'teaching.timeoutS',
  'teaching.lineOffset',
  'diagnostics.enabled',
  'diagnostics.habits',
  'diagnostics.pauseMs',
  'diagnostics.linePauseMs',
] as const;

export type Name = (typeof SERVER_SETTINGS)[number] | 'enabled' | 'server.path' | 'server.python';

export function get<T>(name: Name, otherwise: T): T {
  return workspace.getConfiguration(SECTION).get<T>(name, otherwise);
}

/**
 * What somebody has set, as the server's tree. A default of the editor says nothing: it would hide
 * what `.pippy.toml` says.
 */
export function chosen(): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const name of SERVER_SETTINGS) {
    const value = valueOf(name);
    if (value !== undefined) put(tree, name.split('.'), value);
  }
  return tree;
}

function valueOf(name: Name): unknown {
  const found = workspace.getConfiguration(SECTION).inspect(name);
  if (!workspace.isTrusted) return found?.globalValue;
  return found?.workspaceFolderValue ?? found?.workspaceValue ?? found?.globalValue;
}

function put(tree: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [key = '', ...rest] = keys;
  if (rest.length === 0) tree[key] = value;
  else put((tree[key] ??= {}) as Record<string, unknown>, rest, value);
}

/** Set it where it is set already, else for the user. */
export async function set(name: Name, value: unknown): Promise<void> {
  const configuration = workspace.getConfiguration(SECTION);
  const found = configuration.inspect(name);
  const here = found?.workspaceValue !== undefined;
  const target = here ? ConfigurationTarget.Workspace : ConfigurationTarget.Global;
  await configuration.update(name, value, target);
}
