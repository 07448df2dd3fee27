/** A question to the game on a port of this machine. */
export interface QueryQuestion {
  /** The game, as gamedig names it. */
  readonly type: string;
  readonly port: number;
  readonly timeoutMs: number;
}

/** The answer of a game to a question by its own protocol. `players`: their names, as far as the protocol has them. */
export interface QueryAnswered {
  readonly players: readonly string[];
  /** How many play, and how many may. */
  readonly count?: number;
  readonly most?: number;
  readonly pingMs?: number;
  /** The name of the server, and the map. */
  readonly name?: string;
  readonly map?: string;
}

export type QueryAnswer = QueryAnswered | { readonly failure: string };
