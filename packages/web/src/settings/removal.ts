import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { ActionButton } from '../parts/action-button.js';
import { Confirm } from '../parts/confirm.js';
import { html } from '../parts/html.js';
import type { ServerTabProps } from '../server/server-tab-props.js';

interface RemovalProps extends Pick<ServerTabProps, 'box'> {
  readonly serverId: string;
  readonly why: string | undefined;
  readonly failed: (failure: unknown) => void;
}

/** The end of a server. */
export function Removal({ box, serverId, why, failed }: RemovalProps): VNode {
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
