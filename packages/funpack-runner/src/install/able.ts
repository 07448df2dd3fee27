import { PinkyError } from '@pinky/protocol';
import { funpackPath, whichProgram } from '../launch/environment.js';

const tools = [
  { program: 'bwrap', package: 'bubblewrap' },
  { program: 'unshare', package: 'util-linux' },
  { program: 'mount', package: 'mount' },
];

/** The reasons for which this process can run no install script. None if it can. */
export function installObstacles(uid = process.getuid?.(), path = funpackPath()): readonly string[] {
  const missing = tools.filter(({ program }) => whichProgram(program, path, '/') === undefined);
  return [
    ...(uid === 0 ? [] : ['Pinky does not run as root, and only root may lay a file system over that of the machine']),
    ...missing.map(({ program, package: name }) => `${program} is not installed (apt-get install ${name})`),
  ];
}

/** Throws `not_permitted` or `missing_program`, with every reason. */
export function assertAble(name: string): void {
  const reasons = installObstacles();
  if (reasons.length === 0) return;
  const isRoot = process.getuid?.() === 0;
  throw new PinkyError(
    isRoot ? 'missing_program' : 'not_permitted',
    `${name} has an install script, which cannot run here: ${reasons.join('; ')}`,
    {
      remedy: isRoot
        ? 'install what is named, then start the server again'
        : "run Pinky as root, or bring the game's files as its first world (`--world <archive>`) with a funpack that " +
          'has no `install`',
    },
  );
}
