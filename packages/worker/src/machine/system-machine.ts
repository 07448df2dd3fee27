import { Cgroup, findHierarchies, makeCgroup, removeCgroup } from '@pinky/jail';
import { isAlive } from '@pinky/supervisor/identity';
import { Follower } from '../console/follower.js';
import { makeFifos, StdinPipe } from '../launch/fifo.js';
import { GameProcess } from '../launch/game-process.js';
import { killRemains } from '../launch/remains.js';
import { fateOfRun } from '../launch/run-identity.js';
import { spawnWrapper } from '../launch/wrapper.js';
import { isDiskFull } from '../record/disk-space.js';
import { flush } from '../record/flush.js';
import type { Machine } from './machine.js';

/** The machine that this process runs on. */
export const systemMachine: Machine = {
  makeFifos,
  openStdin: (path) => new StdinPipe(path),
  follow: (options) => new Follower(options),
  launch: (listener, order) => {
    const game = GameProcess.awaitLaunch(listener); // before there is anything to hear
    const launched = spawnWrapper(order).catch((error: unknown) => {
      game.close();
      throw error;
    });
    return { game, launched };
  },
  adopt: (listener, identity) => GameProcess.adopt(listener, identity),
  makeCgroup: ({ path, limits }) => makeCgroup({ hierarchies: findHierarchies(), path, limits }),
  removeCgroup: (folders) => new Cgroup(folders).kill() && removeCgroup(folders),
  isAlive,
  fateOf: fateOfRun,
  killRemains,
  isDiskFull,
  flush,
};
