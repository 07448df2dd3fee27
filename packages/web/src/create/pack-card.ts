import type { VNode } from 'preact';
import { ActionButton } from '../parts/action-button.js';
import { html } from '../parts/html.js';
import { playersText } from '../words/format.js';
import type { SettingRule } from '../settings/setting-rule.js';

/** An installed funpack as `GET /v1/funpacks` shows it. */
export interface Pack {
  /** The name by which a server is defined with it. */
  readonly funpack: string;
  /** The name of the game. */
  readonly name: string;
  /** Its name for people. */
  readonly title?: string;
  readonly version?: string;
  readonly schema?: Readonly<Record<string, SettingRule>>;
  readonly ports?: Readonly<Record<string, { readonly protocol?: 'tcp' | 'udp' }>>;
  readonly listens?: boolean;
  readonly maxPlayers?: number;
  /** It came over HTTP, so it may go again. */
  readonly isUploaded?: boolean;
}

interface PackCardProps {
  readonly pack: Pack;
  readonly choose: () => void;
  /** Asks whether it is to be removed. */
  readonly remove: () => void;
  /** Why it cannot be removed. */
  readonly why: string | undefined;
}

/** A game that is installed: its title, how many play, and the ports that it takes. */
export const PackCard = ({ pack, choose, remove, why }: PackCardProps): VNode => html`
  <li class="pack">
    <button type="button" onClick=${choose}>
      <strong>${titleOf(pack)}</strong> <span class="quiet">${pack.version}</span>
      <span class="quiet facts">${factsOf(pack).join(' · ')}</span>
    </button>
    ${pack.isUploaded && html`
      <span class="remove"><${ActionButton} kind="danger" why=${why} act=${remove}
        label=${`Remove the game ${pack.funpack}`}>✕</${ActionButton}></span>`}
  </li>`;

export const titleOf = ({ title, name }: Pack): string => title ?? name;

/** `up to 20 players`, `2 ports: its own, econ (tcp)`. */
export function factsOf({ maxPlayers, ports = {}, listens = true }: Pack): readonly string[] {
  const named = Object.entries(ports).map(([name, { protocol }]) =>
    (protocol === undefined ? name : `${name} (${protocol})`));
  const all = [...(listens ? ['its own'] : []), ...named];
  const count = all.length === 1 ? '1 port' : `${all.length} ports: ${all.join(', ')}`;
  return [
    ...(maxPlayers === undefined ? [] : [`up to ${playersText(maxPlayers)}`]),
    all.length === 0 ? 'no port' : count,
  ];
}
