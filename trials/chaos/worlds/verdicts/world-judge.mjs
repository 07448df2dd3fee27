import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readWorld } from '../game/world.mjs';
import { archivesIn, namesIn } from './archives.mjs';

/**
 * A world on its way from one place to another may be missed by a look. A thing that is really gone stays gone: so many
 * looks, so far apart in milliseconds.
 */
const [looks, lookMs] = [15, 300];

/** The codes by which `verify` says that a backup is broken. */
const broken = new Set(['bad_archive', 'no_base', 'checksum_mismatch']);

/** Says whether every promised world is somewhere, every backup whole, and every launch one with the right world. */
export class WorldJudge {
  #judgedLaunches = new Map();
  /** Backups that are pinned: their paths, and the generation that each must have. */
  #pinned = new Map();
  launches = 0;

  constructor({ box, promises, reader, violation }) {
    Object.assign(this, { box, promises, reader, violation });
  }

  /** After a blow: the newest promised generation is in `working/`, parked, or in a backup. */
  async held(serverId) {
    const { promised } = this.promises.of(serverId);
    if (promised === 0) return;
    let seen = [];
    for (let look = 0; look < looks; look++) {
      if (look > 0) await sleep(lookMs);
      seen = [];
      for await (const [place, world] of this.#worldsOf(serverId)) {
        if (world.kind === 'whole' && world.generation >= promised) return;
        seen.push(`${place}: ${world.generation ?? `${world.kind} ${world.why ?? ''}`}`);
      }
    }
    this.violation(
      `generation ${promised} is promised, and nothing has it (${seen.join('; ') || 'there is no world at all'})`,
      serverId,
    );
  }

  /** Every place with a world of a server, the likeliest first. */
  async *#worldsOf(serverId) {
    yield ['working', worldIn(join(this.box.servers, serverId, 'working'))];
    const parked = join(this.box.servers, '.parked', serverId);
    for (const name of namesIn(parked)) yield [`parked ${name}`, worldIn(join(parked, name))];
    for (const archive of archivesIn(this.backupsOf(serverId))) {
      const world = await this.reader.read(archive);
      if (world) yield [archive.name, world];
    }
  }

  backupsOf(serverId) {
    return join(this.box.root, 'backups', 'worlds', serverId);
  }

  /** A restore has pinned the newest backup of the world before, which has at least that generation: it stays. */
  restored(serverId, { present, wasStopped, parked }, leastPresent) {
    if (present) this.#pinned.set(present.path, { serverId, generation: wasStopped && !parked ? leastPresent : 0 });
  }

  /** A backup that was read back is whole. */
  verified(serverId, { code, result }) {
    const problem = result?.backup?.problem ?? (broken.has(code) ? code : undefined);
    if (problem !== undefined) this.violation(`verify says of a backup: ${problem}`, serverId);
  }

  async #pins() {
    for (const [path, { serverId, generation }] of this.#pinned) {
      const archive = archivesIn(dirname(path)).find((one) => one.path === path);
      const world = archive && (await this.reader.read(archive));
      if (world?.kind === 'whole' && world.generation >= generation) continue;
      this.violation(`${path} was pinned by a restore, and is ${world?.kind ?? 'gone'}`, serverId);
    }
  }

  /** Everything with the final name of a backup is one, here and in the store. */
  async backups(serverId) {
    const store = join(this.box.root, 'store');
    for (const dir of [this.backupsOf(serverId), join(store, 'worlds', serverId), join(store, serverId)])
      for (const archive of archivesIn(dir)) {
        const world = await this.reader.read(archive);
        if (world?.kind === 'torn') this.violation(`${archive.path} is broken: ${world.why}`, serverId);
      }
  }

  /** A backup that a command was answered with holds what was promised before the command. */
  async answered(serverId, action, { backup }, promised) {
    // The one of a server that is down names its newest backup, and writes none.
    if (backup?.url === undefined || (action === 'backup' && backup.size === undefined)) return;
    const path = backup.url.startsWith('file:') ? fileURLToPath(backup.url) : backup.url;
    const archive = archivesIn(dirname(path)).find((one) => one.path === path);
    // It may have been removed meanwhile, by age; the newest is judged by `held`.
    const world = archive && existsSync(path) ? await this.reader.read(archive) : undefined;
    if (!world || (world.kind === 'whole' && world.generation >= promised)) return;
    const has = world.kind === 'whole' ? `has generation ${world.generation}` : `is broken: ${world.why}`;
    this.violation(`a command was answered with ${path}, which ${has}, and ${promised} was promised before`, serverId);
  }

  /** Every game was launched with a whole world, which is the promised one or an older one that was asked for. */
  launched(serverId) {
    const { launches } = this.promises.of(serverId);
    for (const { boot, wrong } of launches.slice(this.#judgedLaunches.get(serverId) ?? 0)) {
      this.launches++;
      if (wrong) this.violation(`game ${boot}: ${wrong}`, serverId);
    }
    this.#judgedLaunches.set(serverId, launches.length);
  }

  async all(serverIds) {
    for (const serverId of serverIds) {
      this.launched(serverId);
      await this.held(serverId);
      await this.backups(serverId);
    }
    await this.#pins();
  }
}

function worldIn(dir) {
  try {
    return readWorld(join(dir, 'world'));
  } catch (error) {
    return { kind: 'torn', why: error.message }; // it was moved while it was read
  }
}
