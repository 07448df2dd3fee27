import type { Schedule } from '../api/types.js';
import { cronOf, type PlainTime } from './plain-times.js';
import { plainTimeOf } from './plain-time-of.js';
import { spanInput } from './span-input.js';
import { stepDraftOf, stepsOf, type StepDraft } from './step-draft.js';

export const playersRules = {
  any: 'even if players are connected',
  wait: 'as soon as nobody is connected',
  skip: 'not if somebody is connected',
} as const;
export type PlayersRule = keyof typeof playersRules;

/** A schedule as it is being written. */
export interface ScheduleDraft {
  readonly time: PlainTime;
  readonly steps: readonly StepDraft[];
  readonly players: PlayersRule;
  readonly warn: string;
  readonly tz: string;
  /** The warning has words of its own, so that it need not end with the game. */
  readonly hasWords: boolean;
}

/** The nightly restart that the form for a new schedule begins with. */
export const firstDraft = (): ScheduleDraft => ({
  time: { kind: 'daily', at: '04:00' },
  steps: [{ kind: 'restart', text: '' }],
  players: 'any',
  warn: '10m, 5m, 1m',
  tz: Intl.DateTimeFormat().resolvedOptions().timeZone,
  hasWords: false,
});

export const draftOf = ({ when, tz, do: steps, warnMs = [], warnText, players }: Schedule): ScheduleDraft => ({
  time: plainTimeOf(when),
  steps: steps.map(stepDraftOf),
  players: players ?? 'any',
  warn: warnMs.map(spanInput).join(', '),
  tz,
  hasWords: warnText !== undefined,
});

/** Only somebody who is there can be warned, and only of an end. */
export const canWarn = ({ steps, players, hasWords }: ScheduleDraft): boolean =>
  players === 'any' && (hasWords || steps.some(({ kind }) => kind === 'restart' || kind === 'stop'));

/** The terms as the API takes them. */
export function termsOf(draft: ScheduleDraft): Readonly<Record<string, unknown>> {
  const { time, steps, players, warn, tz } = draft;
  return { when: cronOf(time), do: stepsOf(steps), tz, players, warn: canWarn(draft) ? listOf(warn) : [] };
}

/** The terms that add a removed schedule anew. Its id does not come back, nor how it went last. */
export function termsAgain(schedule: Schedule): Readonly<Record<string, unknown>> {
  const { when, tz, do: steps, warnMs = [], warnText, players, lateMs, isPaused } = schedule;
  return {
    when,
    tz,
    do: stepsOf(steps.map(stepDraftOf)),
    warn: warnMs.map(spanInput),
    late: spanInput(lateMs),
    ...(warnText !== undefined && { warnText }),
    ...(players && { players }),
    ...(isPaused && { paused: true }),
  };
}

const listOf = (text: string): string[] => text.split(',').map((each) => each.trim()).filter(Boolean);
