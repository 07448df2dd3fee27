import type { DialogueStep, FunpackManifest } from '@pinky/protocol';
import type { Placeholders } from '../launch/placeholders.js';
import { hasOwnWords } from '../orders/order-lines.js';
import { eventTypeOf } from './event-names.js';
import { filledPattern } from './patterns.js';

/**
 * The manifest of one run: with the settings and ports in its patterns, so that a worker which has no more than this
 * reads the console as this one does.
 */
export function spokenManifest(manifest: FunpackManifest, placeholders: Placeholders): FunpackManifest {
  const filled = (pattern: string): string => filledPattern(pattern, placeholders).source;
  const steps = (dialogue: readonly DialogueStep[]): DialogueStep[] =>
    dialogue.map((step) => ('waitFor' in step ? { ...step, waitFor: filled(step.waitFor) } : step));
  const { console: rules, strip, stop, afterStarted, backup, poll } = manifest;
  return {
    ...manifest,
    ...(rules && { console: rules.map((rule) => ({ ...rule, pattern: filled(rule.pattern) })) }),
    ...(strip !== undefined && { strip: filled(strip) }),
    ...(poll && {
      poll: {
        ...poll,
        from: typeof poll.from === 'string' ? filled(poll.from) : poll.from.map(filled),
        row: filled(poll.row),
        ...(poll.to !== undefined && { to: filled(poll.to) }),
      },
    }),
    ...(stop && { stop: steps(stop) }),
    ...(afterStarted && { afterStarted: steps(afterStarted) }),
    ...(backup && {
      backup: {
        ...backup,
        ...(backup.before && { before: steps(backup.before) }),
        ...(backup.after && { after: steps(backup.after) }),
      },
    }),
  };
}

/**
 * Whether a line of JSON or `key=value` is an event. A game in the declarative form was not written for Pinky, and a
 * player could make it print such a line. One that has no other way to say `started` means its own.
 */
export function readsEventLines({ eventLines, run, console: rules = [] }: FunpackManifest): boolean {
  return eventLines ?? (run === undefined || !rules.some(({ event }) => eventTypeOf(event) === 'started'));
}

/** Events from which it is known who is connected. */
const ofPlayers: readonly (string | undefined)[] = ['player_connected', 'player_renamed', 'players_list'];

/**
 * Whether anything of this funpack tells who is connected. An egg's does not: it has a rule of `started`, and no more.
 */
export const tellsPlayers = (manifest: FunpackManifest): boolean =>
  readsEventLines(manifest) ||
  hasOwnWords(manifest) ||
  manifest.poll !== undefined ||
  manifest.query?.players === true ||
  (manifest.console ?? []).some(({ event }) => ofPlayers.includes(eventTypeOf(event)));
