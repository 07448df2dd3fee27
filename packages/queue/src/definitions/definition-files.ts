import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { boxPaths, errnoOf, type Definition, type RememberedPort } from '@pinky/protocol';

/** The files under `definitions/` of a home. A file is replaced whole or not at all, and is on the disk afterwards. */
export class DefinitionFiles {
  constructor(private readonly home: string) {}

  /** Removes what a queue that was killed had half written. There is one queue in a home. */
  removeUnfinished(): void {
    const folder = dirname(boxPaths(this.home).rememberedPorts);
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      if (name.endsWith('.tmp')) rmSync(join(folder, name), { force: true });
    }
  }

  /** Resolves when the definition would survive the machine's end. Throws if the disk is full or read-only. */
  async write(definition: Definition): Promise<void> {
    const path = boxPaths(this.home).definition(definition.serverId);
    const beside = `${path}.${process.pid}.tmp`;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    try {
      const file = await open(beside, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(definition, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
    await this.#syncFolder();
  }

  /** If this file is lost, it is written again with the next port that changes. */
  async writePorts(ports: readonly RememberedPort[]): Promise<void> {
    const path = boxPaths(this.home).rememberedPorts;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(`${path}.tmp`, JSON.stringify(ports), { mode: 0o600 });
    await rename(`${path}.tmp`, path);
  }

  async remove(serverId: string): Promise<void> {
    await rm(boxPaths(this.home).definition(serverId), { force: true });
    await this.#syncFolder();
  }

  /** A rename or a removal is on the disk once its folder is: fsync(2). */
  async #syncFolder(): Promise<void> {
    try {
      const folder = await open(dirname(boxPaths(this.home).definition('x')), 'r');
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}
