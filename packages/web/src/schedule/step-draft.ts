import { spanInput } from './span-input.js';

/** The steps in words. */
export const stepKinds = {
  restart: 'restart it',
  stop: 'stop it',
  start: 'start it',
  backup: 'back it up',
  broadcast: 'tell all players',
  console: 'write a line to the game',
  wait: 'wait',
} as const;
export type StepKind = keyof typeof stepKinds;

/** Words for the fields of the steps that have one. */
export const stepTexts: Readonly<Partial<Record<StepKind, string>>> = {
  broadcast: 'Message to all players',
  console: 'Line to the game',
  wait: 'How long, such as 30s or 5m',
};

/** A step as it is being written. */
export interface StepDraft {
  readonly kind: StepKind;
  readonly text: string;
}

/** The steps as the API takes them. */
export const stepsOf = (steps: readonly StepDraft[]): readonly unknown[] =>
  steps.map(({ kind, text }) => (kind in stepTexts ? { [kind]: text } : kind));

/** A step of a schedule that is there already, to be written anew. */
export function stepDraftOf(step: string | Readonly<Record<string, unknown>>): StepDraft {
  if (typeof step === 'string') return { kind: kindOf(step), text: '' };
  const [[kind, value] = ['', '']] = Object.entries(step);
  return { kind: kindOf(kind), text: typeof value === 'number' ? spanInput(value) : String(value) };
}

export const kindOf = (text: string): StepKind =>
  (Object.keys(stepKinds) as StepKind[]).find((each) => each === text) ?? 'restart'; // the keys of our own table
