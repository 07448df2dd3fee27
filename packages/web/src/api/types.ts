import type { components } from '@pinky/client/api';

/** The schemas of the API's own document: what it changes is found here when the page is checked. */
type Schemas = components['schemas'];

/** A server as `GET /v1/servers` shows it. The explanation comes with one server only. */
export type Server = Readonly<Schemas['Server']> & { readonly explain?: Readonly<Record<string, unknown>> };

export type Backup = Readonly<Schemas['Backup']>;

export type Job = Readonly<Schemas['Job']>;

/** An event of a server, with the fields of its type. */
export interface ServerEvent {
  readonly type: string;
  readonly server_id: string;
  readonly ts: string;
  readonly [field: string]: unknown;
}

export interface Session {
  readonly csrf: string;
  readonly verbs: readonly string[];
  readonly servers: readonly string[];
}

/** A place in a console: a run and a byte of it. */
export interface ConsolePlace {
  readonly run: string;
  readonly offset: number;
}

export interface ConsoleLine extends ConsolePlace {
  readonly end: number;
  readonly text: string;
}
