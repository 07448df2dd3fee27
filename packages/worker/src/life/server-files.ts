import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, serverPaths, type BoxConfig } from '@pinky/protocol';
import { isRunId } from '../record/run-id.js';
import { readServerRecord, writeServerRecord, type ServerRecord } from '../record/server-record.js';

/** The files of one server: where they are, and the few operations on all of them. */
export class ServerFiles {
  readonly paths: ReturnType<typeof serverPaths>;
  readonly box: ReturnType<typeof boxPaths>;

  constructor(readonly serverId: string, config: Pick<BoxConfig, 'servers' | 'home'>) {
    this.paths = serverPaths(config.servers, serverId);
    this.box = boxPaths(config.home);
  }

  get exist(): boolean {
    return existsSync(this.paths.dir);
  }

  make(): void {
    mkdirSync(this.paths.runs, { recursive: true, mode: 0o700 });
  }

  record(): ServerRecord | undefined {
    return readServerRecord(this.paths.serverJson);
  }

  write(record: ServerRecord): void {
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

  removeRun(run: string): void {
    rmSync(this.paths.run(run).dir, { recursive: true, force: true });
  }

  /** Everything but what is not published yet: the world, the pipes, the pid file, and what asked for the server. */
  removeAllButRuns(): void {
    rmSync(this.paths.pidFile, { force: true });
    const keep = new Set(['runs', 'log']);
    for (const name of this.exist ? readdirSync(this.paths.dir) : []) {
      if (!keep.has(name)) rmSync(join(this.paths.dir, name), { recursive: true, force: true });
    }
  }

  removeAll(): void {
    rmSync(this.paths.pidFile, { force: true });
    rmSync(this.paths.dir, { recursive: true, force: true });
  }
}
