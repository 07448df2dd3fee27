import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, serverPaths } from '@pinky/protocol';

/** A server's console files as its game and its worker write them. */
export class ConsoleFiles {
  readonly home = mkdtempSync(join(tmpdir(), 'pinky-console-'));
  readonly servers = join(this.home, 'servers');
  readonly id = 's1';
  readonly paths = serverPaths(this.servers, this.id);

  /** The game says something in a run. */
  say(run: string, text: string | Buffer): void {
    mkdirSync(this.paths.run(run).dir, { recursive: true });
    appendFileSync(this.paths.run(run).console, text);
  }

  /** A stop: the history leaves the folder of the server, which is removed. */
  stop(): void {
    const kept = join(boxPaths(this.home).history(this.id), 'console');
    mkdirSync(kept, { recursive: true });
    for (const name of readdirSync(this.paths.log)) renameSync(join(this.paths.log, name), join(kept, name));
    rmSync(this.paths.dir, { recursive: true });
  }

  /** The worker moves everything from `from` to the end into a history segment, and leaves a hole. */
  archive(run: string, from: number, content: string): void {
    mkdirSync(this.paths.log, { recursive: true });
    writeFileSync(join(this.paths.log, `${run}.${String(from).padStart(12, '0')}.log`), content);
    const size = statSync(this.paths.run(run).console).size;
    const file = openSync(this.paths.run(run).console, 'r+');
    writeSync(file, Buffer.alloc(content.length), 0, content.length, from);
    ftruncateSync(file, size);
    closeSync(file);
  }

  removeRun(run: string): void {
    rmSync(this.paths.run(run).dir, { recursive: true });
  }

  remove(): void {
    rmSync(this.home, { recursive: true, force: true });
  }
}
