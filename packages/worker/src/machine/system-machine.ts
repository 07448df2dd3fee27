import { Cgroup, cgroupFolders, findHierarchies, makeCgroup, removeCgroup } from '@pinky/jail';
import { systemClock } from '@pinky/protocol';
import { isAlive } from '@pinky/supervisor/identity';
import { Follower } from '../console/follower.js';
import { makeFifos, pipeReadBy, StdinPipe } from '../launch/fifo.js';
import { GameProcess } from '../launch/game-process.js';
import { killRemains } from '../launch/remains.js';
import { fateOfRun } from '../launch/run-identity.js';
import { spawnWrapper, type LaunchOrder } from '../launch/wrapper.js';
import { isDiskFull } from '../record/disk-space.js';
import { flush } from '../record/flush.js';
import { StandbyProcess } from '../standby/standby-process.js';
import type { GameListener, Machine } from './machine.js';

/** The machine that this process runs on. */
export const systemMachine: Machine = {
  makeFifos,
  openStdin: (path, reader) => new StdinPipe(reader === undefined ? path : pipeReadBy(reader, path)),
  follow: (options) => new Follower(options),
  standBy: (order) => new StandbyProcess(order, systemClock),
  launch: (listener, order, standby) =>
    (standby instanceof StandbyProcess && launchedBy(standby, listener, order)) || launched(listener, order),
  adopt: (listener, identity) => GameProcess.adopt(listener, identity),
  makeCgroup: ({ path, limits }) => makeCgroup({ hierarchies: findHierarchies(), path, limits }),
  cgroupFolders: (path) => cgroupFolders(findHierarchies(), path),
  removeCgroup: (folders) => new Cgroup(folders).kill() && removeCgroup(folders),
  isAlive,
  fateOf: fateOfRun,
  killRemains,
  isDiskFull,
  flush,
};

function launched(listener: GameListener, order: LaunchOrder): ReturnType<Machine['launch']> {
  const game = GameProcess.awaitLaunch(listener); // before there is anything to hear
  const isStarted = spawnWrapper(order).catch((error: unknown) => {
    game.close();
    throw error;
  });
  return { game, launched: isStarted };
}

/** Undefined if the standby is of no use; then it is ended. */
function launchedBy(
  standby: StandbyProcess,
  listener: GameListener,
  order: LaunchOrder,
): ReturnType<Machine['launch']> | undefined {
  const launchedAt = standby.fits(order) ? standby.takePlace() : undefined;
  if (launchedAt === undefined) {
    void standby.end();
    return undefined;
  }
  const instead = { launchedAt, launch: () => spawnWrapper(order) };
  const game = GameProcess.awaitLaunch({ ...listener, instead });
  standby.go(order.run);
  return { game, launched: Promise.resolve() };
}
