interface Connected {
  readonly players?: readonly string[];
  readonly arePlayersUnknown?: true;
}

/** How many are connected; `?` where the funpack does not tell it. Undefined where nobody was asked. */
export const playersCount = ({ players, arePlayersUnknown }: Connected): number | '?' | undefined =>
  (arePlayersUnknown ? '?' : players?.length);
