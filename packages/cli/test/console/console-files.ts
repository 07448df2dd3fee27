import {
  appendFileSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverPaths } from '@pinky/protocol';

/** A server's console files as its game and its worker write them. */
export class ConsoleFiles {
  readonly servers = mkdtempSync(join(tmpdir(), 'pinky-console-'));
  readonly id = 's1';
  readonly paths = serverPaths(this.servers, this.id);

  /** The game says something in a run. */
  say(run: string, text: string | Buffer): void {
    mkdirSync(this.paths.run(run).dir, { recursive: true });
    appendFileSync(this.paths.run(run).console, text);
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
    rmSync(this.servers, { recursive: true, force: true });
  }
}
