import type { ProcessIdentity } from '../adopt/process-identity.js';
import type { ExitMeaning, ProcessExit } from '../restart/exit-meaning.js';
import type { Rung } from '../terminate/escalation.js';
import type { ChildState } from './child-states.js';

/** Everything that a tree reports about its children, in the order in which it happens. */
export type TreeEvent =
  | { readonly type: 'launched'; readonly name: string; readonly identity: ProcessIdentity }
  | { readonly type: 'adopted'; readonly name: string; readonly identity: ProcessIdentity }
  | {
      readonly type: 'state';
      readonly name: string;
      readonly from: ChildState;
      readonly to: ChildState;
    }
  | {
      readonly type: 'signalled';
      readonly name: string;
      readonly pid: number;
      readonly signal: NodeJS.Signals;
      readonly rung: Rung;
    }
  | {
      readonly type: 'stalled';
      readonly name: string;
      readonly pid: number;
      readonly silentMs: number;
    }
  | { readonly type: 'pulseLost'; readonly name: string; readonly pid: number }
  | {
      readonly type: 'exited';
      readonly name: string;
      readonly pid: number | undefined;
      readonly exit: ProcessExit;
      readonly meaning: ExitMeaning;
      readonly wasAsked: boolean;
      /** It was not started for want of room, and the time before neither. */
      readonly isAgain?: true;
    }
  | {
      readonly type: 'backingOff';
      readonly name: string;
      readonly pauseMs: number;
      readonly isCrashLoop: boolean;
    }
  | { readonly type: 'crashLoop'; readonly name: string };

export type TreeListener = (event: TreeEvent) => void;

/** A child as others see it. */
export interface TreeChild {
  readonly name: string;
  readonly state: ChildState;
  readonly pid: number | undefined;
  readonly identity: ProcessIdentity | undefined;
  readonly isAdopted: boolean;
  /** How often it was started again, after a crash or for a successor. */
  readonly restarts: number;
  /** Milliseconds since its last sign of life. Undefined if none is expected. */
  readonly heartbeatAgeMs: number | undefined;
  readonly lastExit: ProcessExit | undefined;
  /** Milliseconds until it is started again. Undefined unless it is in the pause before that. */
  readonly startsInMs: number | undefined;
}
