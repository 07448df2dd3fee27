/** The reaction to a game that ends by itself: it is started again, or its server goes down. */
export const exitActions = ['restart', 'stop'] as const;
export type ExitAction = (typeof exitActions)[number];

/** One rule about exits that nobody asked for. Each condition that it names must hold. */
export interface ExitRule {
  readonly code?: number | readonly number[];
  /** Whether the game has said `stopping` before. */
  readonly announced?: boolean;
  readonly do: ExitAction;
}

/** The field `onExit` of funpack.json. A word is a rule without conditions. */
export type OnExit = ExitAction | readonly ExitRule[];

/** The end of a game. A game that a signal has ended has no code. */
export interface OwnExit {
  readonly code?: number | undefined;
  readonly isAnnounced: boolean;
}

export const exitRulesOf = (given: OnExit | undefined): readonly ExitRule[] =>
  (typeof given === 'string' ? [{ do: given }] : (given ?? []));

/** The first rule that holds for the exit. */
export const exitRuleFor = (rules: readonly ExitRule[], { code, isAnnounced }: OwnExit): ExitRule | undefined =>
  rules.find((rule) => {
    const codes = rule.code === undefined ? undefined : [rule.code].flat();
    const isCode = codes === undefined || (code !== undefined && codes.includes(code));
    return isCode && (rule.announced === undefined || rule.announced === isAnnounced);
  });

/** The exit code of a process is one byte (wait(2)). */
const mostCode = 255;
const part = /^(?:(?:(announced|unannounced|\d{1,3})(?:\+(announced|unannounced))?)=)?(restart|stop)$/;

/**
 * Rules as an operator writes them: `stop`, or conditions such as `3=stop,0+announced=restart,restart`. Undefined if
 * the text is none.
 */
export function exitRulesFrom(text: string): readonly ExitRule[] | undefined {
  const rules = text.split(',').map((one): ExitRule | undefined => {
    const [whole, first, second, word] = part.exec(one.trim()) ?? [];
    const isTwice = first !== undefined && second !== undefined && !/^\d/.test(first);
    const action = exitActions.find((known) => known === word);
    if (whole === undefined || isTwice || action === undefined || Number(first) > mostCode) return undefined;
    const announcement = [first, second].find((each) => each?.endsWith('announced'));
    return {
      ...(first !== undefined && /^\d/.test(first) && { code: Number(first) }),
      ...(announcement !== undefined && { announced: announcement === 'announced' }),
      do: action,
    };
  });
  const whole = rules.filter((rule) => rule !== undefined);
  return whole.length === rules.length ? whole : undefined;
}
