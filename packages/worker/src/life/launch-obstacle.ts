/** Keeps a game from being launched, through no fault of its own. */
export interface LaunchObstacle {
  readonly because: string;
  /** The game is launched as soon as this is so. */
  readonly once: string;
}

export const diskIsFull: LaunchObstacle = { because: 'the disk is full', once: 'the disk has space' };

/** fork(2) says so. */
const noProcess: LaunchObstacle = { because: 'the machine has no process left', once: 'it has one again' };

/** Obstacles by the error that a launch meets. */
export const launchObstacles: ReadonlyMap<string | undefined, LaunchObstacle> = new Map([
  ['ENOSPC', diskIsFull],
  ['EROFS', { because: 'the disk is read-only', once: 'the disk can be written' }],
  ['EAGAIN', noProcess],
  ['ENOMEM', noProcess],
]);
