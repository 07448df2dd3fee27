import type { Scope, TokenRecord, Verb } from '../tokens/index.js';

/** The sender of a request. */
export interface Caller {
  /** Absent where the route is open to everybody. */
  readonly record?: TokenRecord;
  readonly scope: Scope;
  readonly address: string;
  readonly isPage: boolean;
}

/**
 * The demand of a route: a verb, and whether it is about one server (`:id`), the box as a whole, or whatever part of it
 * the token has. `open` are routes without a token.
 */
export type Needs =
  | { readonly verb: Verb; readonly of: 'server' | 'box' | 'any'; readonly openIf?: 'metrics' | 'docs' }
  | 'open';

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly needs?: Needs;
    /** The body is a file, whose length has a limit of its own. */
    readonly isUpload?: boolean;
  }
  interface FastifyRequest {
    caller: Caller | undefined;
  }
}
