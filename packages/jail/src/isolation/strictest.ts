import { dirname } from 'node:path';
import { closedFolders, hasNamespaces, isRoot, lacksRootless, lacksUsers } from './lacks.js';

export type IsolationKind = 'none' | 'user' | 'strict';

export const isolationKinds: readonly IsolationKind[] = ['none', 'user', 'strict'];

/** The folders of a box through which a game of its own user has to pass. */
export interface BoxFolders {
  readonly home: string;
  readonly servers: string;
}

/** The strictest isolation that games can have here, and why it is not stricter. */
export interface Strictest {
  readonly kind: IsolationKind;
  readonly because?: string;
}

/** Why games cannot have this isolation. Undefined if they can. */
export function lacksFor(kind: 'user' | 'strict', folders: BoxFolders): string | undefined {
  if (!isRoot() && kind === 'strict') return lacksRootless();
  const lacks = lacksUsers();
  if (lacks !== undefined) return lacks;
  if (kind === 'user') return closedWay(folders);
  return hasNamespaces() ? undefined : 'this machine lets Pinky make no namespaces';
}

/** Tries what this machine allows; that takes about 10 ms. */
export function strictestHere(folders: BoxFolders): Strictest {
  const strict = lacksFor('strict', folders);
  if (strict === undefined) return { kind: 'strict' };
  return { kind: lacksFor('user', folders) === undefined ? 'user' : 'none', because: strict };
}

/** Pinky opens its own folders at a start. Those above the home are others' business. */
function closedWay({ home, servers }: BoxFolders): string | undefined {
  const above = servers.startsWith(`${home}/`) ? [home] : [home, servers];
  const closed = [...new Set(above.flatMap((dir) => closedFolders(dirname(dir))))].join(' ');
  return closed === '' ? undefined : `${closed} is closed to other users (chmod a+x ${closed})`;
}
