/** The steps of a start, in their order. */
export const startPhases = ['funpack', 'world', 'install', 'bootstrap', 'prepare', 'starting'] as const;
export type StartPhase = (typeof startPhases)[number];

/** How far long work is. */
export interface Progress {
  /** The piece of work, such as `download` or `unpack`. */
  readonly label: string;
  /** Bytes, or lines if `label` is a program's. */
  readonly done: number;
  /** In the unit of `done`. Absent if it is unknown. */
  readonly total?: number;
  /** The step of the start that the work belongs to. Absent for other work, and from a worker of an earlier version. */
  readonly phase?: StartPhase;
}
