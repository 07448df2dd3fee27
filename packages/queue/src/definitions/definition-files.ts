import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  boxPaths,
  errnoOf,
  readKeptSecrets,
  readWrittenDefinition,
  secretsOf,
  splitSecrets,
  type Definition,
  type Generation,
  type KeptSecrets,
  type RememberedPort,
  type WrittenDefinition,
} from '@pinky/protocol';

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

  /**
   * Resolves when the definition would survive the machine's end. Its secrets are written first, beside those of the
   * definition before, which go last. Throws if the disk is full or read-only.
   */
  async write(definition: Definition): Promise<void> {
    const { serverId } = definition;
    const { readable, secrets } = splitSecrets(definition);
    const kept = secrets && (await this.#keepSecrets(definition, secrets));
    const written: WrittenDefinition = { ...readable, ...(kept && { format: 2, secretsOf: kept.revision }) };
    await this.#replace(boxPaths(this.home).definition(serverId), written);
    if (!kept) await this.#removeSecrets(serverId);
    else if (readKeptSecrets(this.home, serverId)?.before) await this.#writeSecrets(serverId, kept);
  }

  /** The secrets as they are kept from now on. Nothing is written if they have not changed. */
  async #keepSecrets({ serverId, revision }: Definition, settings: Definition['settings']): Promise<Generation> {
    const before = this.#secretsInUse(serverId);
    if (before && isDeepStrictEqual(before.settings, settings)) return before;
    const now = { revision, settings };
    await this.#writeSecrets(serverId, now, before);
    return now;
  }

  #writeSecrets(serverId: string, now: Generation, before?: Generation): Promise<void> {
    const kept: KeptSecrets = { format: 1, serverId, now, ...(before && { before }) };
    return this.#replace(boxPaths(this.home).secrets(serverId), kept);
  }

  /** The secrets that the definition on the disk names. */
  #secretsInUse(serverId: string): Generation | undefined {
    const written = readWrittenDefinition(this.home, serverId);
    const revision = typeof written === 'object' ? written.secretsOf : undefined;
    return revision === undefined ? undefined : secretsOf(this.home, serverId, revision);
  }

  async #removeSecrets(serverId: string): Promise<void> {
    await rm(boxPaths(this.home).secrets(serverId), { force: true });
  }

  async #replace(path: string, content: object): Promise<void> {
    const beside = `${path}.${process.pid}.tmp`;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    try {
      const file = await open(beside, 'w', 0o600);
      try {
        await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
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
    await this.#removeSecrets(serverId);
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
