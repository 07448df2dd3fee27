/** What keeps a game from being launched that is no fault of its own. */
export interface DiskObstacle {
  readonly because: string;
  /** The launch comes once that is so. */
  readonly once: string;
}

export const diskIsFull: DiskObstacle = { because: 'the disk is full', once: 'the disk has space' };

/** What a launch may find of the disk, by the error of the call. */
export const diskObstacles: ReadonlyMap<string | undefined, DiskObstacle> = new Map([
  ['ENOSPC', diskIsFull],
  ['EROFS', { because: 'the disk is read-only', once: 'the disk can be written' }],
]);
