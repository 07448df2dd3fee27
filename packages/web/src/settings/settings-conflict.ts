import type { VNode } from 'preact';
import { ActionButton } from '../parts/action-button.js';
import { html } from '../parts/html.js';
import { textOf } from '../words/values.js';
import { hidden, otherNames, type Values } from './settings-view.js';
import type { Conflict } from './use-settings.js';

interface SettingsConflictProps {
  readonly conflict: Conflict;
  /** The values that were to be saved here. */
  readonly mine: Values;
  readonly onMine: () => Promise<unknown>;
  readonly onTheirs: () => void;
}

/** The settings that somebody else has changed, beside what was wanted of them here. */
export function SettingsConflict({ conflict, mine, onMine, onTheirs }: SettingsConflictProps): VNode {
  const { before, now } = conflict;
  const names = otherNames(before.settings, now.settings);
  const isHidden = Object.keys(mine).some((name) => now.settings[name] === hidden);
  const shown = (value: unknown) => html`<code>${value === undefined ? 'its default' : textOf(value)}</code>`;
  return html`
    <section class="conflict" role="alert" aria-label="The settings as they are now">
      <p>Somebody has changed the settings of this server since you looked, so nothing was saved.</p>
      <ul>
        ${names.map((name) => html`
          <li key=${name}><strong>${now.schema?.[name]?.label ?? name}</strong>
            ${' was '}${shown(before.settings[name])} and is now ${shown(now.settings[name])}
            ${name in mine && html`<span>; yours is ${shown(mine[name])}</span>`}</li>`)}
        ${isHidden && html`<li>A value that is not shown may be another one too.</li>`}
      </ul>
      <div class="row">
        <${ActionButton} act=${onMine}>Save mine all the same</${ActionButton}>
        <button type="button" onClick=${onTheirs}>Take theirs</button>
      </div>
    </section>`;
}
