import { join } from 'node:path';

/** Every file of a box. `docs/architecture.md` explains them. */
export const boxPaths = (home: string) => ({
  home,
  config: join(home, 'pinky.yml'),
  /** The checked configuration, which children read at their start and on USR2. Written atomically, 0600. */
  effectiveConfig: join(home, 'effective.json'),
  ...ownPaths(home),
  supervisorPid: join(home, 'supervisor.pid'),
  supervisorSocket: join(home, 'supervisor.sock'),
  queueSocket: join(home, 'queue.sock'),
  ...apiPaths(home),
  ...webhookPaths(home),
  /** The newest events of the box, in segments. The queue process alone writes them. */
  events: join(home, 'events'),
  ...redisPaths(home),
  logDir: join(home, 'log'),
  cacheDir: join(home, 'cache'),
  funpackCache: join(home, 'cache', 'funpacks'),
  /** A folder for each funpack with what its bin/bootstrap fetched, by the digest of the funpack. */
  shared: join(home, 'cache', 'shared'),
  /** One file for each taken port, with the server's id in it. link(2) makes it, so a port has one owner. */
  ports: join(home, 'ports'),
  /** The last look at the ports that the machine uses, which the workers share for two seconds. */
  portsInUse: join(home, 'ports-in-use.json'),
  /** The server's worker holds it with flock(1). It is outside the server's folder, which comes and goes. */
  workerLock: (id: string) => join(home, 'locks', id),
  /** One file for each game that is starting, and one for each that waits to. They name the worker's process. */
  launches: join(home, 'launches'),
  /** The same for backups that are being written, and those that wait for their turn. */
  runners: join(home, 'runners'),
  /** One file for each user that a game was given, with the server's id in it. */
  users: join(home, 'users'),
  ...definitionPaths(home),
  /** The console and journals of a server's earlier runs. They outlive its stops. */
  history: (id: string) => join(home, 'history', id),
  /** Recorded answers of commands, one file for each server. They outlive the server's folder. */
  answers: (id: string) => join(home, 'answers', `${id}.jsonl`),
});

/** The files that are made with the home itself. */
const ownPaths = (home: string) => ({
  /** The home's own name: a UUID, made once. It owns the box's name in Redis. */
  identity: join(home, 'identity'),
  /** Where the home was when its supervisor last began: a copy of the home has another place. */
  place: join(home, 'place'),
  /** The supervisor's journal: which children run, and who they are. */
  children: join(home, 'children.json'),
  /** How games are kept apart where pinky.yml says nothing. A home of an older version has no such file. */
  isolation: join(home, 'isolation'),
});

/** The definitions of the servers. Only the queue process writes these files. */
const definitionPaths = (home: string) => ({
  definitions: join(home, 'definitions'),
  /** A server's definition. It outlives the server's runs. */
  definition: (id: string) => join(home, 'definitions', `${id}.json`),
  /** The settings of a server that nobody is to see. */
  secrets: (id: string) => join(home, 'definitions', `${id}.secrets`),
  /** The ports in all definitions, written whenever one changes. */
  rememberedPorts: join(home, 'definitions', '.ports'),
});

/** The files of the private Redis. */
const redisPaths = (home: string) => ({
  redisDir: join(home, 'redis'),
  redisSocket: join(home, 'redis', 'redis.sock'),
  redisPid: join(home, 'redis', 'redis.pid'),
});

/** The files of the webhooks. */
const webhookPaths = (home: string) => ({
  /** One file for each webhook. The folder exists only while there is one. */
  webhooks: join(home, 'webhooks'),
  webhooksSocket: join(home, 'webhooks.sock'),
  /** The kernel lock of the one process that delivers. */
  webhooksLock: join(home, 'webhooks.lock'),
});

/** The files of the HTTP API. */
const apiPaths = (home: string) => ({
  /** The API's own files: where it listens, its tokens, its jobs. */
  apiDir: join(home, 'api'),
  /** Where the API listens, while it does. It alone writes this. */
  apiAddress: join(home, 'api', 'address.json'),
  /** One file for each token, with its SHA-256 and what it may do. Removing the file revokes the token. */
  apiTokens: join(home, 'api', 'tokens'),
  /** One file for each one-time link of `pinky web` that was not used yet. */
  apiLogins: join(home, 'api', 'logins'),
  apiJobs: join(home, 'api', 'jobs.jsonl'),
  /** The changes made over HTTP, and by whom: one JSON line each. The supervisor rotates it as every log. */
  audit: join(home, 'log', 'audit.log'),
});

export type BoxPaths = ReturnType<typeof boxPaths>;

/** The folder with the backups of one server's world. */
export const worldBackups = (backups: string, id: string): string => join(backups, 'worlds', id);

/** Every file of one server under `$SERVERS`. `id` has passed `assertServerId`. */
export const serverPaths = (servers: string, id: string) => {
  const dir = join(servers, id);
  return {
    dir,
    pidFile: join(servers, `${id}.pid`),
    serverJson: join(dir, 'server.json'),
    pipeStdin: join(dir, 'pipe_stdin'),
    /** The wrapper holds the write end of this FIFO: its end of file means that the wrapper died. */
    pipeAlive: join(dir, 'pipe_alive'),
    runs: join(dir, 'runs'),
    run: (runId: string) => runPaths(join(dir, 'runs', runId)),
    log: join(dir, 'log'),
    funpack: join(dir, 'funpack'),
    working: join(dir, 'working'),
    backup: join(dir, 'backup'),
    datafile: join(dir, 'datafile.json'),
    /** How the game is isolated: the table of its mounts, and the place of its root. */
    jail: join(dir, 'jail'),
  };
};
export type ServerPaths = ReturnType<typeof serverPaths>;

/**
 * The files that the install script of a server's funpack made. They outlive the server's runs, and no server id begins
 * with a dot.
 */
export const installedPaths = (servers: string, id: string) => {
  const dir = join(servers, '.installed', id);
  return {
    dir,
    /** The output of the newest installation. */
    log: join(dir, 'install.log'),
    /** Which installation is whole, and which folder has its files. */
    state: join(dir, 'installed.json'),
    /** The files of one installation. */
    files: (digest: string) => join(dir, `files-${digest}`),
    /** The files of one that is under way. */
    half: join(dir, 'half'),
    /** The same, if the script can go on with them. */
    begun: (digest: string) => join(dir, `begun-${digest}`),
    /** Everything else that the script writes. */
    scratch: join(dir, 'scratch'),
  };
};
export type InstalledPaths = ReturnType<typeof installedPaths>;

const runPaths = (dir: string) => ({
  dir,
  console: join(dir, 'console'),
  journal: join(dir, 'journal'),
  /** When the game wrote what: offsets of the console, each with its time. */
  times: join(dir, 'times'),
  /** `exit <code>`, above 128 for a signal. The wrapper writes it. */
  exit: join(dir, 'exit'),
  /** Made with O_EXCL: by the wrapper that launches (with its pid), or by a successor that forbids a launch (empty). */
  claim: join(dir, 'claim'),
  /**
   * The wrapper's pid, the game's stat line and the boot id. The wrapper writes it just before it becomes the game.
   */
  identity: join(dir, 'identity'),
  checkpoint: join(dir, 'checkpoint'),
  /**
   * How to read the console (`strip` and `console` of funpack.json), where the funpack says so. The funpack itself may
   * be gone when this is needed.
   */
  dialect: join(dir, 'dialect'),
});
export type RunPaths = ReturnType<typeof runPaths>;
