import type { ComponentChildren, VNode } from 'preact';
import { useState } from 'preact/hooks';
import { html } from './html.js';

interface ActionButtonProps {
  /** The work to do. A failure of it is shown elsewhere. */
  readonly act: () => Promise<unknown> | void;
  readonly children?: ComponentChildren;
  readonly kind?: 'primary' | 'danger' | 'plain';
  /** Why it cannot be pressed now. */
  readonly why?: string | undefined;
  readonly label?: string;
}

/** A button that shows that it was pressed until what it began is done. */
export function ActionButton({ act, children, kind = 'plain', why, label }: ActionButtonProps): VNode {
  const [isBusy, setBusy] = useState(false);
  const press = (): void => {
    if (isBusy || why !== undefined) return;
    setBusy(true);
    void Promise.resolve(act()).catch(() => undefined).finally(() => setBusy(false));
  };
  return html`
    <button type="button" class=${kind} aria-disabled=${why === undefined ? undefined : 'true'} title=${why}
      aria-busy=${isBusy ? 'true' : undefined} aria-label=${label} onClick=${press}>${children}</button>`;
}
