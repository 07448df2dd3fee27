import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.js';

interface NeededProgram {
  readonly program: string;
  /** The package of Debian. */
  readonly package: string;
  readonly need: string;
  readonly isVital: boolean;
}

/** Programs of the machine that Pinky or its games use. */
const programs: readonly NeededProgram[] = [
  { program: 'sh', package: 'dash', need: 'wraps each game', isVital: true },
  {
    program: 'flock',
    package: 'util-linux',
    need: 'keeps one worker per server',
    isVital: true,
  },
  {
    program: 'setsid',
    package: 'util-linux',
    need: 'gives each game a session of its own',
    isVital: true,
  },
  {
    program: 'fallocate',
    package: 'util-linux',
    need: 'returns the disk space of console that was read',
    isVital: true,
  },
  {
    program: 'mkfifo',
    package: 'coreutils',
    need: 'makes the stdin of a game',
    isVital: true,
  },
  {
    program: 'script',
    package: 'bsdutils',
    need: 'gives a terminal to games that want one',
    isVital: false,
  },
  {
    program: 'lzop',
    package: 'lzop',
    need: 'reads and makes .tar.lzo by hand and in the tests',
    isVital: false,
  },
  {
    program: 'g++',
    package: 'build-essential',
    need: 'lets `npm ci` build the lzo module',
    isVital: false,
  },
  {
    program: 'make',
    package: 'build-essential',
    need: 'lets `npm ci` build the lzo module',
    isVital: false,
  },
  {
    program: 'python3',
    package: 'python3',
    need: 'lets `npm ci` build the lzo module',
    isVital: false,
  },
];

const redisServer: NeededProgram = {
  program: 'redis-server',
  package: 'redis-server',
  need: 'is the private Redis',
  isVital: true,
};

/** Whether each program is installed. With your own Redis, redis-server is not needed. */
export function checkPrograms(path: string, hasOwnRedis: boolean): Finding[] {
  return [{ ...redisServer, isVital: !hasOwnRedis }, ...programs].map(({ program, package: debian, need, isVital }) => {
    const where = which(program, path);
    if (where !== undefined) return { name: program, level: 'ok', found: where };
    return {
      name: program,
      level: isVital ? 'bad' : 'odd',
      found: `not found; it ${need}`,
      fix: `apt-get install ${debian}`,
    };
  });
}

/** The first executable file with that name on a path, or undefined. */
export function which(program: string, path: string): string | undefined {
  return path.split(':').filter((dir) => dir !== '').map((dir) => join(dir, program)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // absent, or closed to us
  }
}
