// The item in the status bar: what Pippy is doing. A click opens the menu.

import { l10n, StatusBarAlignment, ThemeColor, window, type StatusBarItem } from 'vscode';

export type State = 'off' | 'missing' | 'installing' | 'loading' | 'ready' | 'thinking' | 'error';

const ICONS: Record<State, string> = {
  off: '$(circle-slash)',
  missing: '$(cloud-download)',
  installing: '$(loading~spin)',
  loading: '$(loading~spin)',
  ready: '$(sparkle)',
  thinking: '$(sync~spin)',
  error: '$(warning)',
};
/** A key is answered in less: an icon that turns with each one would only distract. */
const THINKING_MS = 500;

export class StatusItem {
  private readonly item: StatusBarItem;
  private waiting: NodeJS.Timeout | undefined;
  state: State = 'off';

  constructor() {
    this.item = window.createStatusBarItem('pippy.status', StatusBarAlignment.Right, 100);
    this.item.name = 'Pippy';
    this.item.command = 'pippy.menu';
    this.show('off');
    this.item.show();
  }

  /** Show a state; `sentence` says more. */
  show(state: State, sentence = ''): void {
    clearTimeout(this.waiting);
    if (state === 'thinking' && this.state === 'ready') {
      this.waiting = setTimeout(() => this.draw(state, sentence), THINKING_MS);
    } else {
      this.draw(state, sentence);
    }
  }

  dispose(): void {
    clearTimeout(this.waiting);
    this.item.dispose();
  }

  private draw(state: State, sentence: string): void {
    this.state = state;
    const word = words()[state];
    this.item.text = `${ICONS[state]} Pippy`;
    this.item.tooltip = `Pippy: ${word}${sentence ? `\n${sentence}` : ''}\n${l10n.t('Click for the menu')}`;
    this.item.accessibilityInformation = { label: `Pippy: ${word}`, role: 'button' };
    const wrong = state === 'error' || state === 'missing';
    this.item.backgroundColor = wrong
      ? new ThemeColor('statusBarItem.warningBackground')
      : undefined;
  }
}

function words(): Record<State, string> {
  return {
    off: l10n.t('off'),
    missing: l10n.t('not set up yet'),
    installing: l10n.t('being set up'),
    loading: l10n.t('waking up'),
    ready: l10n.t('ready'),
    thinking: l10n.t('thinking'),
    error: l10n.t('needs help'),
  };
}
