/**
 * Exit codes of Pinky's own processes: supervisor, queue and workers. A parent reads them here to know what an exit
 * means, and `pinky install` writes `occupied` into the unit. The exit codes of the `pinky` command are another table.
 */
export const processExits = {
  /** It did what it was for: a game was stopped, a supervisor left as it was asked to. */
  done: 0,
  /** It could not begin. Any code that is not listed here means the same: a crash. */
  failed: 1,
  /** It left for a successor, which takes over what it had. */
  handedOver: 3,
  /** Another process owns the server, the queue or the home already. */
  occupied: 4,
  /** An exception that nobody caught: EX_SOFTWARE of sysexits.h. A successor takes over. */
  uncaught: 70,
} as const;
