/** The things that a token may allow. `admin` allows them all, and what concerns tokens and the box itself. */
export const verbs = ['read', 'console', 'control', 'files', 'backups', 'define', 'admin'] as const;
export type Verb = (typeof verbs)[number];

export const isVerb = (text: string): text is Verb => verbs.some((verb) => verb === text);

/** The reach of a token: what it may do, and with which servers. */
export interface Scope {
  readonly verbs: readonly Verb[];
  /** Ids, in which `*` stands for any characters. */
  readonly servers: readonly string[];
}

export const wholeBox: Scope = { verbs: ['admin'], servers: ['*'] };

export const allowsVerb = ({ verbs: allowed }: Scope, verb: Verb): boolean =>
  allowed.includes(verb) || allowed.includes('admin');

/** Whether the scope has this server. Ids hold no character that a pattern could mean otherwise. */
export const hasServer = ({ servers }: Scope, serverId: string): boolean =>
  servers.some((pattern) => matches(pattern, serverId));

/** Whether the scope has every server. Requests about the whole box need that. */
export const hasWholeBox = ({ servers }: Scope): boolean => servers.includes('*');

/** A pattern of servers: characters of ids, and `*`. */
export const serverPattern = /^[A-Za-z0-9_*-]{1,64}$/;

function matches(pattern: string, serverId: string): boolean {
  const source = pattern.split('*').map((part) => part.replaceAll('-', '\\-')).join('.*');
  return new RegExp(`^${source}$`).test(serverId);
}
