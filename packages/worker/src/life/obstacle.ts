import { errnoOf, messageOf, PinkyError } from '@pinky/protocol';

/** Keeps a game from being launched, through no fault of its own. */
export interface Obstacle {
  readonly because: string;
  /** The game is launched once this is so. */
  readonly once: string;
}

export const diskIsFull: Obstacle = { because: 'the disk is full', once: 'the disk has space' };

const noProcess: Obstacle = {
  because: 'the machine allows no further process (EAGAIN)',
  once: 'it allows another process',
};
const noMemory: Obstacle = {
  because: 'the machine has no memory for another process (ENOMEM)',
  once: 'it has memory',
};
const noFile: Obstacle = {
  because: 'no further file can be opened (EMFILE)',
  once: 'one can be opened',
};

/** By the error of a system call: what a limit of processes or open files refuses, and may allow a moment later. */
const processObstacles: ReadonlyMap<string | undefined, Obstacle> = new Map([
  ['EAGAIN', noProcess],
  ['ENOMEM', noMemory],
  ['EMFILE', noFile],
  ['ENFILE', noFile],
]);

/** As the errors of programs that could not be started say it, which have come from another process. */
const unstarted = /could not be started: .*\b(EAGAIN|ENOMEM|EMFILE|ENFILE)\b/;

/** Whether a step failed for want of processes, memory or open files. */
export const processObstacle = (error: unknown): Obstacle | undefined =>
  processObstacles.get(errnoOf(error)) ?? processObstacles.get(unstarted.exec(messageOf(error))?.[1]);

const diskObstacles: ReadonlyMap<string | undefined, Obstacle> = new Map([
  ['ENOSPC', diskIsFull],
  ['EROFS', { because: 'the disk is read-only', once: 'the disk can be written' }],
]);

const versionIsGone: Obstacle = {
  because: 'the folder with the programs of this version was removed',
  once: '`pinky upgrade` of a version that is there has taken over',
};
const isVersionGone = (error: unknown): boolean => error instanceof PinkyError && error.code === 'version_removed';

/** The message says which folder is closed to the game's user, and how to open it. */
const closedWay = (error: unknown): Obstacle | undefined =>
  (error instanceof PinkyError && error.code === 'not_isolated'
    ? { because: error.message, once: `the way is open: ${error.message}` }
    : undefined);

/** A thing that keeps a launch from happening. */
export const launchObstacle = (error: unknown): Obstacle | undefined =>
  diskObstacles.get(errnoOf(error)) ??
  (isVersionGone(error) ? versionIsGone : closedWay(error) ?? processObstacle(error));
