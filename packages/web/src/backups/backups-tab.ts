import type { VNode } from 'preact';
import { ActionButton } from '../parts/action-button.js';
import { html } from '../parts/html.js';
import { ProblemNote } from '../parts/problem-note.js';
import type { ServerTabProps } from '../server/server-tab-props.js';
import { BackupQuestion } from './backup-question.js';
import { BackupRow } from './backup-row.js';
import { daysOf, shareOf } from './days.js';
import { useBackups } from './use-backups.js';

/** The backups of a server as a time line: make, restore, pin, verify, remove. */
export function BackupsTab({ box, server }: ServerTabProps): VNode {
  const { state, isBackingUp } = server;
  const { loaded, backups, asked, setAsked, problem, send, act, yes } = useBackups({ box, server });
  const why = box.client.may('backups') ? undefined : 'Your token does not allow it';
  const failure = problem ?? loaded.problem;
  return html`<div>
    <div class="row">
      <${ActionButton} kind="primary" why=${why} act=${() => send('Backup', 'POST', '')}>Back up now</${ActionButton}>
      <span class="quiet">${isBackingUp ? 'A backup is being made.' : ''}</span>
    </div>
    ${failure && html`<${ProblemNote} problem=${failure} />`}
    ${loaded.value && backups.length === 0 && html`<p class="empty">
      No backup yet. ${state === 'up' ? 'The first one comes by itself, or now by the button.' : ''}</p>`}
    ${daysOf(backups, Date.now()).map((day) => html`
      <section key=${day.title} aria-label=${day.title}>
        <h2 class="day">${day.title}</h2>
        <ol class="backups">
          ${day.backups.map((backup) => html`
            <${BackupRow} key=${backup.seconds} backup=${backup} share=${shareOf(backup, backups)} why=${why}
              act=${act(backup)} />`)}
        </ol>
      </section>`)}
    ${asked && html`<${BackupQuestion} asked=${asked} box=${box} server=${server} onYes=${() => yes(asked)}
      onNo=${() => setAsked(undefined)} />`}
  </div>`;
}
