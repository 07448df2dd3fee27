import { exitRuleFor, exitRulesFrom, exitRulesOf, type FunpackManifest } from '@pinky/protocol';
import type { ExitStatus } from '../launch/exit-status.js';

/**
 * The consequence of an exit that nobody asked for. A game that was not up yet has nothing to stop: its start fails.
 * `again`: it was up, has said that it stops, and did; so this is no crash.
 */
export type ExitReaction = 'restart' | 'again' | 'stop' | 'fail';

/** The game as it was when it ended. */
export interface EndedGame {
  readonly isUp: boolean;
  /** It had said that it stops. */
  readonly isAnnounced: boolean;
  /** Pinky ended it, as one that was of no use any more. */
  readonly wasEnded: boolean;
  /** The rules of the server, which come before those of its funpack. */
  readonly ownRules: string | undefined;
  readonly funpackRules: FunpackManifest['onExit'];
}

export function reactionTo({ code, neverRan }: ExitStatus, game: EndedGame): ExitReaction {
  const { isUp, isAnnounced, wasEnded, ownRules = '', funpackRules } = game;
  if (neverRan || wasEnded) return 'restart';
  const rules = [...(exitRulesFrom(ownRules) ?? []), ...exitRulesOf(funpackRules)];
  const rule = exitRuleFor(rules, { code, isAnnounced });
  const isMeant = isUp && isAnnounced && code === 0;
  if (!rule) return isMeant ? 'stop' : 'restart';
  if (rule.do === 'stop') return isUp ? 'stop' : 'fail';
  return isMeant ? 'again' : 'restart';
}
