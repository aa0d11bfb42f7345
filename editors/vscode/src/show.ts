// Shows words of Pippy's, as a rendered page beside the program.

import { commands, Uri, ViewColumn, window, workspace, type Disposable } from 'vscode';

const SCHEME = 'pippy';
const PREVIEW = 'vscode.markdown.preview.editor';
const pages = new Map<string, string>();

/** Give the pages their texts. */
export function servePages(): Disposable {
  return workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: (uri) => pages.get(uri.path) ?? '',
  });
}

/** Show Markdown beside the program; the child goes on typing where they were. */
export async function showPage(title: string, markdown: string): Promise<void> {
  const path = `/${title.replace(/[/\\?#]/g, ' ')}.md`;
  pages.set(path, `# ${title}\n\n${markdown}\n`);
  await showFile(Uri.from({ scheme: SCHEME, path }));
}

/** Show a Markdown document beside the program. */
export async function showFile(uri: Uri): Promise<void> {
  const options = { viewColumn: ViewColumn.Beside, preserveFocus: true };
  try {
    await commands.executeCommand('vscode.openWith', uri, PREVIEW, options);
  } catch {
    await window.showTextDocument(uri, options); // no preview here: its source is readable too
  }
}
