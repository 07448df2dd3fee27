import { dirname, join, resolve } from 'node:path';
import type { BoxPrograms } from '../children/child-specs.js';

/** The programs that are installed with this package. */
export function installedPrograms(): BoxPrograms {
  return {
    worker: join(dirname(require.resolve('@pinky/worker')), 'worker.cjs'),
    queue: join(dirname(require.resolve('@pinky/queue')), 'main.js'),
    api: join(dirname(require.resolve('@pinky/api')), 'main.js'),
    webhooks: join(dirname(require.resolve('@pinky/webhooks')), 'main.js'),
    redisServer: 'redis-server',
  };
}

const packageRoot = resolve(__dirname, '..', '..');

/** The program of a box's supervisor: `node <it> <home> <padding>`, with PINKY_HOME in its environment. */
export const supervisorProgram = join(packageRoot, 'dist', 'program', 'main.js');

/** The program that reads a box's configuration again: see `refreshInOwnProcess`. */
export const refreshProgram = join(packageRoot, 'dist', 'program', 'refresh.js');
