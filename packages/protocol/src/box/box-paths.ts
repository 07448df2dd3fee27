import { join } from 'node:path';

/** Every file of a box (DESIGN §3). */
export const boxPaths = (home: string) => ({
  home,
  config: join(home, 'pinky.yml'),
  /** The checked configuration that children read at their start and on USR2; written atomically, 0600. */
  effectiveConfig: join(home, 'effective.json'),
  supervisorPid: join(home, 'supervisor.pid'),
  supervisorSocket: join(home, 'supervisor.sock'),
  queueSocket: join(home, 'queue.sock'),
  redisDir: join(home, 'redis'),
  redisSocket: join(home, 'redis', 'redis.sock'),
  redisPid: join(home, 'redis', 'redis.pid'),
  logDir: join(home, 'log'),
  cacheDir: join(home, 'cache'),
  funpackCache: join(home, 'cache', 'funpacks'),
  /** What each funpack's bin/bootstrap fetched, by the funpack's digest. */
  shared: join(home, 'cache', 'shared'),
  /** One file per taken port, holding the server's id; made with link(2), so a port has one owner. */
  ports: join(home, 'ports'),
  /** Held with flock(1) by the one worker that owns the server; outside its folder, which comes and goes. */
  workerLock: (id: string) => join(home, 'locks', id),
  /** Recorded answers of commands, a file per server. They outlive the server's folder. */
  answers: (id: string) => join(home, 'answers', `${id}.jsonl`),
});
export type BoxPaths = ReturnType<typeof boxPaths>;

/** Every file of one server under `$SERVERS`. `id` has passed `assertServerId`. */
export const serverPaths = (servers: string, id: string) => {
  const dir = join(servers, id);
  return {
    dir,
    pidFile: join(servers, `${id}.pid`),
    serverJson: join(dir, 'server.json'),
    pipeStdin: join(dir, 'pipe_stdin'),
    /** FIFO whose write end the wrapper holds: its end of file is the wrapper's death. */
    pipeAlive: join(dir, 'pipe_alive'),
    runs: join(dir, 'runs'),
    run: (runId: string) => runPaths(join(dir, 'runs', runId)),
    log: join(dir, 'log'),
    funpack: join(dir, 'funpack'),
    working: join(dir, 'working'),
    backup: join(dir, 'backup'),
    datafile: join(dir, 'datafile.json'),
  };
};
export type ServerPaths = ReturnType<typeof serverPaths>;

const runPaths = (dir: string) => ({
  dir,
  console: join(dir, 'console'),
  journal: join(dir, 'journal'),
  /** `exit <code>`, over 128 for a signal; written by the wrapper. */
  exit: join(dir, 'exit'),
  /** Made with O_EXCL: by the wrapper to launch (its pid), or by a successor to forbid a launch (empty). */
  claim: join(dir, 'claim'),
  /**
   * The wrapper's pid, the game's stat line and the boot id; written by the wrapper just before it becomes the game.
   */
  identity: join(dir, 'identity'),
  checkpoint: join(dir, 'checkpoint'),
  /**
   * How the console is to be read (`strip` and `console` of funpack.json), where the funpack says; for when the funpack
   * is gone.
   */
  dialect: join(dir, 'dialect'),
});
export type RunPaths = ReturnType<typeof runPaths>;
