/** How a process ended. `unknown` is all that can be known of one that is not our child. */
export type ProcessExit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'notStarted'; readonly reason: string };

/** What an exit that nobody asked for means: finished · left for a successor · owned by another process · a crash. */
export type ExitMeaning = 'done' | 'handedOver' | 'occupied' | 'crashed';

/** Meanings of exit codes; what is not listed is a crash. */
export type ExitCodes = Readonly<Record<number, ExitMeaning>>;

/** 0 is done, everything else a crash. */
export const plainExitCodes: ExitCodes = { 0: 'done' };

/** Every exit is a crash, also with code 0: for children that are meant to run for ever. */
export const noExitIsMeant: ExitCodes = {};

export const meaningOf = (exit: ProcessExit, codes: ExitCodes): ExitMeaning =>
  exit.kind === 'code' ? (codes[exit.code] ?? 'crashed') : 'crashed';

/** For people: `exit code 3`, `signal SIGKILL`. */
export function describeExit(exit: ProcessExit): string {
  switch (exit.kind) {
    case 'code': return `exit code ${exit.code}`;
    case 'signal': return `signal ${exit.signal}`;
    case 'unknown': return 'end (not our child: its exit code is not known)';
    case 'notStarted': return `failure to start: ${exit.reason}`;
  }
}
