/** Keeps a game from being launched, through no fault of its own. */
export interface DiskObstacle {
  readonly because: string;
  /** The game is launched once this is so. */
  readonly once: string;
}

export const diskIsFull: DiskObstacle = { because: 'the disk is full', once: 'the disk has space' };

/** Obstacles by the error that a launch meets. */
export const diskObstacles: ReadonlyMap<string | undefined, DiskObstacle> = new Map([
  ['ENOSPC', diskIsFull],
  ['EROFS', { because: 'the disk is read-only', once: 'the disk can be written' }],
]);
