// The language client: what VS Code and the server say to each other, and what is put in between.

import { MarkdownString, Uri, type Hover, type LogOutputChannel } from 'vscode';
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  type ErrorHandler,
  type LanguageClientOptions,
  type Middleware,
} from 'vscode-languageclient/node';
import { l10n } from 'vscode';
import type { Server } from './find';
import { chosen, SECTION } from './settings';
import { showFile } from './show';

/** What the server tells of itself, as Copilot's does. */
export interface DidChangeStatus {
  busy: boolean;
  message: string;
  kind: 'Normal' | 'Warning' | 'Error' | 'Inactive';
}

export const DOCUMENTS = [
  { language: 'python', scheme: 'file' },
  { language: 'python', scheme: 'untitled' },
];

/** A client of `server` that is not started yet; `lost` is called when the server ended by itself. */
export function makeClient(
  server: Server,
  log: LogOutputChannel,
  lost: () => void,
): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: DOCUMENTS,
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: { statusNotifications: true },
    errorHandler: quiet(lost),
    initializationFailedHandler: () => false,
    middleware: middleware(() => client),
  };
  const run = { command: server.command, args: ['--stdio'] };
  const client = new LanguageClient('pippy', 'Pippy', run, options);
  return client;
}

/** A server that stopped is started again by `lost`, which knows when to give up. */
function quiet(lost: () => void): ErrorHandler {
  return {
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed: () => {
      lost();
      return { action: CloseAction.DoNotRestart, handled: true };
    },
  };
}

function middleware(client: () => LanguageClient): Middleware {
  return {
    workspace: {
      configuration: async (params, token, next) => {
        if (params.items.some((item) => item.section !== SECTION)) return next(params, token);
        return params.items.map(() => chosen());
      },
    },
    window: {
      showDocument: async (params, token, next) => {
        if (params.external || !params.uri.endsWith('.md')) return next(params, token);
        void showFile(Uri.parse(params.uri)); // the server does not wait for long
        return { success: true };
      },
    },
    provideHover: async (document, position, token, next) => {
      const hover = await next(document, position, token);
      return hover && withLink(hover, document.uri, position.line);
    },
    provideInlineCompletionItems: async (document, position, context, token, next) => {
      const found = await next(document, position, context, token);
      const items =
        found === null || found === undefined || Array.isArray(found) ? found : found.items;
      const shown = items?.[0];
      if (shown !== undefined && !token.isCancellationRequested) {
        // VS Code tells extensions nothing of what it drew: an answer that is still wanted is shown.
        const item = { insertText: String(shown.insertText) };
        void client().sendNotification('textDocument/didShowCompletion', { item });
      }
      return found;
    },
  };
}

/** The hover with a line to click on that asks for more. */
function withLink(hover: Hover, uri: Uri, line: number): Hover {
  const args = encodeURIComponent(JSON.stringify([uri.toString(), line]));
  const link = new MarkdownString(
    `[${l10n.t('Explain this line')}](command:pippy.explainHere?${args})`,
  );
  link.isTrusted = { enabledCommands: ['pippy.explainHere'] };
  hover.contents.push(link);
  return hover;
}
