/** How a process ended. `unknown` is for a process that is not our child: the kernel tells us nothing more. */
export type ProcessExit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'notStarted'; readonly reason: string };

/** The meaning of an exit that nobody asked for: finished, left for a successor, owned by another process, a crash. */
export type ExitMeaning = 'done' | 'handedOver' | 'occupied' | 'crashed';

/** The meaning of each exit code. A code that is not listed is a crash. */
export type ExitCodes = Readonly<Record<number, ExitMeaning>>;

/** 0 is done, everything else is a crash. */
export const plainExitCodes: ExitCodes = { 0: 'done' };

/** Every exit is a crash, even with code 0: for children that should run for ever. */
export const noExitIsMeant: ExitCodes = {};

export const meaningOf = (exit: ProcessExit, codes: ExitCodes): ExitMeaning =>
  exit.kind === 'code' ? (codes[exit.code] ?? 'crashed') : 'crashed';

/** The errors of a machine that has no process, memory or open file left for another process. */
const lacks = /\b(EAGAIN|ENOMEM|EMFILE|ENFILE)\b/;

/** Whether a process was not started for want of room. That passes, and says nothing about the program. */
export const lacksRoom = (exit: ProcessExit | undefined): boolean =>
  exit?.kind === 'notStarted' && lacks.test(exit.reason);

/** For people: `exit code 3`, `signal SIGKILL`. */
export function exitInWords(exit: ProcessExit): string {
  switch (exit.kind) {
    case 'code': return `exit code ${exit.code}`;
    case 'signal': return `signal ${exit.signal}`;
    case 'unknown': return 'end (not our child: its exit code is not known)';
    case 'notStarted': return `failure to start: ${exit.reason}`;
  }
}
