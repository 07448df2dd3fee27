/** One line of a game. */
export interface ConsoleLine {
  readonly type: 'line';
  readonly run: string;
  /** Offset of its first byte in the console of its run. */
  readonly offset: number;
  /** Behind its end: `from: run:end` goes on with the next line. */
  readonly end: number;
  /** As the game wrote it: control sequences are yours to remove. */
  readonly text: string;
}

/** The things that a live console tells. `skipped` is a part that the history holds no more. */
export type ConsoleMessage =
  | ConsoleLine
  | { readonly type: 'run'; readonly run: string; readonly startedAt: string }
  | { readonly type: 'skipped'; readonly run: string; readonly from: number; readonly to: number }
  | {
    readonly type: 'state';
    readonly state: string;
    readonly players: readonly string[];
    /** Its funpack does not tell who is connected, so `players` is empty. */
    readonly arePlayersUnknown?: true;
    readonly port?: number;
  };

export interface ConsoleOptions {
  /** `run:offset`: from there on. Default: the last 200 lines, and what follows. */
  readonly from?: string;
  /** Ends it. */
  readonly signal?: AbortSignal;
}
