// The helper's life: found, started, watched, started again, stopped.

import {
  commands,
  l10n,
  Uri,
  window,
  workspace,
  type ExtensionContext,
  type LogOutputChannel,
} from 'vscode';
import {
  MessageType,
  ShowMessageNotification,
  type LanguageClient,
} from 'vscode-languageclient/node';
import { makeClient, type DidChangeStatus } from './client';
import { findServer, type Places, type Server } from './find';
import { isUpToDate, type Plan } from './install';
import { Problem } from './problem';
import { get } from './settings';
import { StatusItem } from './status';

/** A server that ends by itself is started again so often within so long. */
const RESTARTS = 3;
const RESTART_WINDOW_MS = 180_000;
const RESTART_PAUSE_MS = 1_000;

interface ServerStatus {
  phase: string;
  error: string;
  message: string;
  details: Record<string, string | number>;
}

export class Pippy {
  readonly status = new StatusItem();
  server: Server | undefined;
  private client: LanguageClient | undefined;
  private turn: Promise<void> = Promise.resolve();
  private failures: number[] = [];
  /** What the server said last of what is wrong: it is shown with a button, once. */
  private trouble = '';

  constructor(
    private readonly context: ExtensionContext,
    readonly log: LogOutputChannel,
    /** Called where there is no server, or its model is not here. */
    private readonly offer: (what: 'server' | 'model', name: string) => void,
  ) {}

  // --- life ---------------------------------------------------------------------------------

  /** Start, stop or start again, as the settings want it; one after the other. */
  refresh(): Promise<void> {
    return this.inTurn(async () => {
      await this.stopNow();
      if (get('enabled', true)) await this.startNow();
      else this.status.show('off');
    });
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch((error: unknown) => this.tell(error));
    return this.turn;
  }

  private async startNow(): Promise<void> {
    this.status.show('loading');
    this.server = await findServer(this.places());
    const own = this.server?.from === 'own';
    if (this.server === undefined || (own && !isUpToDate(this.plan()))) this.offer('server', '');
    if (this.server === undefined) {
      this.status.show('missing');
      return;
    }
    this.log.info(`pippy-lsp ${this.server.version} (${this.server.from}): ${this.server.command}`);
    const client = this.newClient(this.server);
    try {
      await client.start();
    } catch (error) {
      throw new Problem(
        l10n.t('The helper does not start. Choose "Try again", or look into the log.'),
        String(error),
      );
    }
    this.client = client;
    await commands.executeCommand('setContext', 'pippy.running', true);
  }

  private newClient(server: Server): LanguageClient {
    const client = makeClient(server, this.log, () => this.lost(client));
    client.onNotification('didChangeStatus', (status: DidChangeStatus) =>
      this.changed(client, status),
    );
    client.onNotification(ShowMessageNotification.type, ({ message, type }) => {
      if (message === this.trouble) return;
      const show =
        type <= MessageType.Warning ? window.showWarningMessage : window.showInformationMessage;
      void show(message);
    });
    return client;
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.trouble = '';
    await commands.executeCommand('setContext', 'pippy.running', false);
    // A server that hangs must not keep the editor from going on.
    await client?.dispose(2_000).catch((error: unknown) => this.log.warn(String(error)));
  }

  private lost(client: LanguageClient): void {
    if (client !== this.client) return;
    this.client = undefined;
    const now = Date.now();
    this.failures = [...this.failures.filter((at) => now - at < RESTART_WINDOW_MS), now];
    if (this.failures.length > RESTARTS) {
      this.failures = [];
      this.tell(new Problem(l10n.t('The helper stopped again and again, so it was left alone.')));
      return;
    }
    this.status.show('loading');
    setTimeout(() => void this.refresh(), RESTART_PAUSE_MS);
  }

  // --- what the server says -----------------------------------------------------------------

  private changed(client: LanguageClient, { busy, kind, message }: DidChangeStatus): void {
    if (kind === 'Error') {
      this.status.show('error', message);
      if (message !== this.trouble) void this.explainTrouble(client, message);
      return;
    }
    this.trouble = '';
    const awake = this.status.state === 'ready' || this.status.state === 'thinking';
    if (kind === 'Inactive') this.status.show('loading', message);
    else if (busy) this.status.show(awake ? 'thinking' : 'loading', message);
    else this.status.show('ready', message);
  }

  private async explainTrouble(client: LanguageClient, message: string): Promise<void> {
    this.trouble = message;
    const status = await this.request<ServerStatus>('pippy/status', {}, client);
    if (status?.error === 'model-missing') {
      this.status.show('missing', message);
      this.offer('model', String(status.details['name'] ?? ''));
    } else {
      this.tell(new Problem(message));
    }
  }

  /** Say what went wrong in a sentence; what it comes from goes to the log. */
  tell(error: unknown): void {
    const problem =
      error instanceof Problem
        ? error
        : new Problem(l10n.t('Something went wrong in Pippy. The log says what.'), String(error));
    this.log.error(`${problem.message}\n${problem.details}`.trim());
    this.status.show('error', problem.message);
    const again = l10n.t('Try again');
    const log = l10n.t('Show the log');
    void window.showWarningMessage(problem.message, again, log).then((choice) => {
      if (choice === again) void this.refresh();
      if (choice === log) this.log.show(true);
    });
  }

  // --- asking the server --------------------------------------------------------------------

  get running(): boolean {
    return this.client?.isRunning() ?? false;
  }

  /** The answer; undefined where there is none, which the server has said by itself. */
  async request<T>(method: string, params: unknown, client = this.client): Promise<T | undefined> {
    try {
      return await client?.sendRequest<T>(method, params);
    } catch (error) {
      this.log.warn(`${method}: ${String(error)}`);
      return undefined;
    }
  }

  /** Run a command of the server's. */
  async execute(command: string, ...args: unknown[]): Promise<void> {
    await this.request('workspace/executeCommand', { command, arguments: args });
  }

  /** Let the server ask for its settings again. */
  settingsChanged(): void {
    void this.client?.sendNotification('workspace/didChangeConfiguration', { settings: null });
  }

  uri(uri: Uri): string {
    return this.client?.code2ProtocolConverter.asUri(uri) ?? uri.toString();
  }

  // --- where things lie ---------------------------------------------------------------------

  places(): Places {
    const folders = workspace.isTrusted ? (workspace.workspaceFolders ?? []) : [];
    return {
      setting: get('server.path', ''),
      folders: folders.filter((each) => each.uri.scheme === 'file').map((each) => each.uri.fsPath),
      own: this.venv,
      searchPath: process.env['PATH'] ?? '',
    };
  }

  plan(): Plan {
    return {
      venv: this.venv,
      bundle: Uri.joinPath(this.context.extensionUri, 'bundle').fsPath,
      python: get('server.python', ''),
      searchPath: process.env['PATH'] ?? '',
    };
  }

  private get venv(): string {
    return Uri.joinPath(this.context.globalStorageUri, 'venv').fsPath;
  }
}
