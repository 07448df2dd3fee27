import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { problemOf, type Problem } from '../api/problem.js';
import { ActionButton } from '../parts/action-button.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { ProblemNote } from '../parts/problem-note.js';
import type { ServerTabProps } from './server-tab-props.js';
import { SettingField, type SettingRule } from './setting-field.js';

interface Settings {
  /** Absent while the funpack is not on the box. */
  readonly schema?: Readonly<Record<string, SettingRule>>;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The settings as a form that is made from the funpack's schema, and the end of the server. */
export function SettingsTab({ box, server: { serverId, state } }: ServerTabProps): VNode {
  const path = `/v1/servers/${encodeURIComponent(serverId)}`;
  const loaded = useLoaded(() => box.client.get<Settings>(`${path}/settings`), [serverId]);
  const [changed, setChanged] = useState<Readonly<Record<string, unknown>>>({});
  const [problem, setProblem] = useState<Problem>();
  const why = box.client.may('define') ? undefined : 'Your token does not allow it';
  const failed = (failure: unknown): void => setProblem(problemOf(failure));
  const save = () =>
    box.act(`Settings of ${serverId}`, 'PATCH', `${path}/settings`, { settings: changed }).then(() => {
      setProblem(undefined);
      setChanged({});
      loaded.again();
    }, failed);
  const failure = problem ?? loaded.problem;
  const rules = Object.entries(loaded.value?.schema ?? {});
  const nothing = Object.keys(changed).length === 0 ? 'Nothing is changed' : undefined;
  return html`<div>
    ${failure && html`<${ProblemNote} problem=${failure} />`}
    ${loaded.value && rules.length === 0 && html`<p class="empty">This game has no settings.</p>`}
    <form class="settings" onSubmit=${(event: Event) => event.preventDefault()}>
      ${rules.map(([name, rule]) => html`
        <${SettingField} key=${name} name=${name} rule=${rule} value=${changed[name] ?? loaded.value?.settings[name]}
          isChanged=${name in changed} isUp=${state === 'up'}
          isWrong=${problem?.field === `settings.${name}` || problem?.field === name}
          set=${(value: unknown) => setChanged({ ...changed, [name]: value })} />`)}
      ${rules.length > 0 && html`
        <div class="row">
          <${ActionButton} kind="primary" why=${why ?? nothing} act=${save}>Save</${ActionButton}>
        </div>`}
    </form>
    <${Removal} box=${box} serverId=${serverId} why=${why} failed=${failed} />
  </div>`;
}

interface RemovalProps extends Pick<ServerTabProps, 'box'> {
  readonly serverId: string;
  readonly why: string | undefined;
  readonly failed: (failure: unknown) => void;
}

function Removal({ box, serverId, why, failed }: RemovalProps): VNode {
  const [isAsked, setAsked] = useState(false);
  const forget = (): void => {
    setAsked(false);
    void box.act(`Remove ${serverId}`, 'DELETE', `/v1/servers/${encodeURIComponent(serverId)}`)
      .then(() => { location.hash = '#/'; }, failed);
  };
  return html`
    <div class="row danger-zone">
      <${ActionButton} kind="danger" why=${why} act=${() => setAsked(true)}>Remove this server</${ActionButton}>
      <span class="quiet">Its backups stay.</span>
      ${isAsked && html`
        <${Confirm} title=${`Remove ${serverId}?`} yes="Remove" typed=${serverId} onYes=${forget}
          onNo=${() => setAsked(false)}><p>Its definition and its history go. Its backups stay.</p></${Confirm}>`}
    </div>`;
}
