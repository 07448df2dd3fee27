import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeTreeSync } from '@pinky/funpack-runner/light';
import { boxPaths, errnoOf, makeDir, PinkyError, serverPaths, type BoxConfig } from '@pinky/protocol';
import { historyBytesOf } from '../console/archive.js';
import { ServerHistory } from '../history/server-history.js';
import { isRunId } from '../run/run-id.js';
import { readServerRecord, writeServerRecord, type ServerRecord } from './server-record.js';

/** The files of one server: where they are, and the few operations on all of them. */
export class ServerFiles {
  readonly paths: ReturnType<typeof serverPaths>;
  readonly box: ReturnType<typeof boxPaths>;
  readonly history: ServerHistory;
  /** `$SERVERS`. */
  readonly servers: string;
  #areLetGo = false;

  /** `historyBytes`: how much console outlives a stop. */
  constructor(
    readonly serverId: string,
    config: Pick<BoxConfig, 'servers' | 'home' | 'consoleHistoryBytes'>,
    historyBytes = () => historyBytesOf(config),
  ) {
    this.servers = config.servers;
    this.paths = serverPaths(config.servers, serverId);
    this.box = boxPaths(config.home);
    this.history = new ServerHistory(config.home, serverId, historyBytes);
  }

  /**
   * From now on they belong to the next worker. Work that is still under way in this process changes nothing any more.
   */
  letGo(): void {
    this.#areLetGo = true;
  }

  get areLetGo(): boolean {
    return this.#areLetGo;
  }

  /** Throws if the files belong to the next worker. */
  assertOurs(): void {
    if (!this.#areLetGo) return;
    throw new PinkyError('connection_lost', `server ${this.serverId} belongs to another worker now`);
  }

  get exist(): boolean {
    return existsSync(this.paths.dir);
  }

  make(): void {
    this.assertOurs();
    makeDir(this.paths.runs);
  }

  /** The server's record. `damaged` if it cannot be read any more. */
  record(): ServerRecord | 'damaged' | undefined {
    return readServerRecord(this.paths.serverJson);
  }

  write(record: ServerRecord): void {
    this.assertOurs();
    writeServerRecord(this.paths.serverJson, record);
  }

  /** Run ids on disk, oldest first. */
  runs(): string[] {
    try {
      return readdirSync(this.paths.runs).filter(isRunId).toSorted();
    } catch {
      return []; // no folder yet
    }
  }

  /** Throws if the disk is full. */
  makeRun(run: string): void {
    makeDir(this.paths.run(run).dir);
  }

  /** Removes a run. Its wrapper may be writing the last file into it. */
  removeRun(run: string): void {
    if (!this.#areLetGo) {
      whereRoom(() => this.history.takeJournal(run, this.paths.run(run).journal));
      whereRoom(() => this.history.takeTimes(run, this.paths.run(run).times));
      whereWritable(() =>
        rmSync(this.paths.run(run).dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 10 }),
      );
    }
  }

  removePidFile(): void {
    if (!this.#areLetGo) whereWritable(() => rmSync(this.paths.pidFile, { force: true }));
  }

  /**
   * Removes everything except what is not published yet: the world, the pipes, the pid file. The record goes first. So
   * a death in between never leaves half a world to a worker that would back it up.
   */
  removeAllButRuns(): void {
    this.assertOurs();
    this.removePidFile();
    const keep = new Set(['runs', 'log']);
    const names = this.exist ? readdirSync(this.paths.dir).filter((name) => !keep.has(name)) : [];
    const isRecord = (name: string): boolean => name.startsWith('server.json');
    // The previous record is of no use without the newest, so it goes first.
    for (const name of names.filter(isRecord).toSorted().toReversed())
      rmSync(join(this.paths.dir, name), { force: true });
    for (const name of names.filter((one) => !isRecord(one)))
      unlessMounted(() => removeTreeSync(join(this.paths.dir, name))); // a game may make what rm stops at
  }

  /** Puts the console of a server that is down where it outlives the server's folder. */
  keepHistory(): void {
    this.assertOurs();
    whereRoom(() => this.history.takeConsole(this.paths.log));
  }

  removeAll(): void {
    this.keepHistory();
    this.removeAllButRuns();
    unlessMounted(() => rmSync(this.paths.dir, { recursive: true, force: true }));
  }
}

/** A mount point is emptied, and stays. */
function unlessMounted(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (errnoOf(error) !== 'EBUSY') throw error;
  }
}

/** A read-only file system keeps the files. The next worker finds and removes them. */
function whereWritable(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (errnoOf(error) !== 'EROFS') throw error;
  }
}

/** A history that finds no room is lost. That is no reason to keep a game from its end. */
function whereRoom(keep: () => void): void {
  try {
    keep();
  } catch (error) {
    if (!['ENOSPC', 'EROFS', 'EDQUOT'].includes(errnoOf(error) ?? '')) throw error;
  }
}
