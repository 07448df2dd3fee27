/** What a supervisor is doing: `running`, or one of three ways to leave. */
export const phases = ['running', 'detaching', 'draining', 'quitting'] as const;
export type Phase = (typeof phases)[number];

/** What can be asked for: by TERM, INT and QUIT, or by a `shutdown` request. */
export const shutdownModes = ['drain', 'detach', 'immediate'] as const;
export type ShutdownMode = (typeof shutdownModes)[number];

const no = 'ignored';

/** A stronger wish overrides a weaker one at once; a weaker one changes nothing (DESIGN §6). */
export const phaseTable: Readonly<Record<Phase, Readonly<Record<ShutdownMode, Phase | typeof no>>>> = {
  running:   { drain: 'draining', detach: 'detaching', immediate: 'quitting' },
  detaching: { drain: 'draining', detach: no,          immediate: 'quitting' },
  draining:  { drain: no,         detach: no,          immediate: 'quitting' },
  quitting:  { drain: no,         detach: no,          immediate: no },
};

/** The phase after a wish, or undefined where it changes nothing. */
export function nextPhase(phase: Phase, mode: ShutdownMode): Phase | undefined {
  const next = phaseTable[phase][mode];
  return next === no ? undefined : next;
}
