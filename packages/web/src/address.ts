export const tabs = [
  'console', 'players', 'graphs', 'backups', 'files', 'settings', 'schedule', 'history',
] as const;
export type Tab = (typeof tabs)[number];

/** The part of the page that is open. It stands in the address, so that a link shows a colleague the same. */
export type Route =
  | { readonly page: 'list' }
  | { readonly page: 'new' }
  | { readonly page: 'server'; readonly serverId: string; readonly tab: Tab; readonly rest: readonly string[] };

/** The route of a hash: `#/servers/one/backups`. Behind the tab stands what is open in it: `…/files/world/map.txt`. */
export function routeOf(hash: string): Route {
  const [first, id, tab, ...rest] = hash.replace(/^#\//, '').split('/').map(decoded);
  if (first === 'new') return { page: 'new' };
  if (first !== 'servers' || !id) return { page: 'list' };
  return { page: 'server', serverId: id, tab: tabs.find((each) => each === tab) ?? 'console', rest };
}

export const hrefOf = (serverId: string, tab: Tab = 'console', rest: readonly string[] = []): string =>
  `#/servers/${[serverId, tab, ...rest].map(encodeURIComponent).join('/')}`;

/** A part of an address that somebody has cut short stands for itself. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
