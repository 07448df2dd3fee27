import { Store } from './api/store.js';

export const tabs = ['console', 'players', 'backups', 'settings', 'history'] as const;
export type Tab = (typeof tabs)[number];

/** The part of the page that is open. It stands in the address, so that a link shows a colleague the same. */
export type Route =
  | { readonly page: 'list' }
  | { readonly page: 'new' }
  | { readonly page: 'server'; readonly serverId: string; readonly tab: Tab };

/** The route of a hash: `#/servers/one/backups`. */
export function routeOf(hash: string): Route {
  const [first, id, tab] = hash.replace(/^#\//, '').split('/').map(decodeURIComponent);
  if (first === 'new') return { page: 'new' };
  if (first !== 'servers' || !id) return { page: 'list' };
  return { page: 'server', serverId: id, tab: tabs.find((each) => each === tab) ?? 'console' };
}

export const hrefOf = (serverId: string, tab: Tab = 'console'): string =>
  `#/servers/${encodeURIComponent(serverId)}/${tab}`;

export const route = new Store<Route>(routeOf(globalThis.location?.hash ?? ''));

/** Follows the address from now on. */
export const followRoute = (): void =>
  addEventListener('hashchange', () => route.set(routeOf(location.hash)));
