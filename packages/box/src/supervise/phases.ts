/** The phases of a supervisor: it is `running`, or it leaves in one of three ways. */
export const phases = ['running', 'detaching', 'draining', 'quitting'] as const;
export type Phase = (typeof phases)[number];

/** Ways to shut down. TERM, INT and QUIT ask for them in this order, and a `shutdown` request asks by name. */
export const shutdownModes = ['drain', 'detach', 'immediate'] as const;
export type ShutdownMode = (typeof shutdownModes)[number];

const no = 'ignored';

/** A stronger request replaces a weaker one at once. A weaker request changes nothing. */
export const phaseTable: Readonly<Record<Phase, Readonly<Record<ShutdownMode, Phase | typeof no>>>> = {
  running:   { drain: 'draining', detach: 'detaching', immediate: 'quitting' },
  detaching: { drain: 'draining', detach: no,          immediate: 'quitting' },
  draining:  { drain: no,         detach: no,          immediate: 'quitting' },
  quitting:  { drain: no,         detach: no,          immediate: no },
};

/** The phase after a request. Undefined if it changes nothing. */
export function nextPhase(phase: Phase, mode: ShutdownMode): Phase | undefined {
  const next = phaseTable[phase][mode];
  return next === no ? undefined : next;
}
