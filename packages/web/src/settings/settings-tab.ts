import type { VNode } from 'preact';
import { problemOf } from '../api/problem.js';
import { ActionButton } from '../parts/action-button.js';
import { html } from '../parts/html.js';
import { ProblemNote } from '../parts/problem-note.js';
import type { ServerTabProps } from '../server/server-tab-props.js';
import { Removal } from './removal.js';
import { SettingField } from './setting-field.js';
import { SettingsConflict } from './settings-conflict.js';
import { useSettings } from './use-settings.js';

/** The settings as a form that is made from the funpack's schema, and the end of the server. */
export function SettingsTab({ box, server }: ServerTabProps): VNode {
  const { serverId, state } = server;
  const { path, loaded, changed, setChanged, problem, setProblem, conflict, save, takeTheirs } =
    useSettings({ box, server });
  const why = box.client.may('define') ? undefined : 'Your token does not allow it';
  const failed = (failure: unknown): void => setProblem(problemOf(failure));
  const reveal = (name: string): Promise<unknown> => box.client.reveal(path, name).catch((failure: unknown) => {
    failed(failure);
    return undefined;
  });
  const { value } = loaded;
  const failure = problem ?? loaded.problem;
  const rules = Object.entries(value?.schema ?? {});
  const nothing = Object.keys(changed).length === 0 ? 'Nothing is changed' : undefined;
  return html`<div>
    ${failure && html`<${ProblemNote} problem=${failure} />`}
    ${value && rules.length === 0 && html`<p class="empty">This game has no settings.</p>`}
    <form class="settings" onSubmit=${(event: Event) => event.preventDefault()}>
      ${rules.map(([name, rule]) => html`
        <${SettingField} key=${name} name=${name} rule=${rule} value=${changed[name] ?? value?.settings[name]}
          isChanged=${name in changed} isUp=${state === 'up'}
          isWrong=${problem?.field === `settings.${name}` || problem?.field === name}
          set=${(next: unknown) => setChanged({ ...changed, [name]: next })}
          reveal=${why === undefined ? () => reveal(name) : undefined} />`)}
      ${conflict && html`
        <${SettingsConflict} conflict=${conflict} mine=${changed} onMine=${() => save(conflict.now)}
          onTheirs=${() => takeTheirs(conflict)} />`}
      ${value && rules.length > 0 && !conflict && html`
        <div class="row">
          <${ActionButton} kind="primary" why=${why ?? nothing} act=${() => save(value)}>Save</${ActionButton}>
        </div>`}
    </form>
    <${Removal} box=${box} serverId=${serverId} why=${why} failed=${failed} />
  </div>`;
}
