import { ServerFiles } from '../../src/record/server-files.js';

/** Files of a server that can be as a full or read-only disk makes them. */
export class FakeDiskFiles extends ServerFiles {
  /** The error code with which every write fails, if it is to. */
  failure: 'ENOSPC' | 'EROFS' | 'EAGAIN' | 'EIO' | undefined;

  override make(): void {
    this.#write();
    super.make();
  }

  override makeRun(run: string): void {
    this.#write();
    super.makeRun(run);
  }

  override write(...record: Parameters<ServerFiles['write']>): void {
    this.#write();
    super.write(...record);
  }

  override removePidFile(): void {
    if (this.failure === 'EIO') this.#write();
    super.removePidFile();
  }

  override removeAllButRuns(): void {
    this.#write();
    super.removeAllButRuns();
  }

  #write(): void {
    if (this.failure) throw Object.assign(new Error(`${this.failure}: the disk says so`), { code: this.failure });
  }
}
