// What the tested modules need of `vscode`, without an editor.

export const l10n = {
  t: (text: string, ...values: unknown[]): string =>
    text.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)])),
};

type Inspected = Record<string, { workspaceValue?: unknown; globalValue?: unknown }>;
let configured: Inspected = {};

export function configure(values: Inspected): void {
  configured = values;
}

export const workspace = {
  isTrusted: true,
  getConfiguration: () => ({ inspect: (name: string) => configured[name] }),
};

export const ConfigurationTarget = { Global: 1, Workspace: 2 };
