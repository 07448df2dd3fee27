'use strict';

/**
 * Saves one world of the library, in place of the library's own saving, which (prismarine-world 3, anvil provider 2)
 * forgets what is changed while it saves, and after one failed write (a full disk) never writes again.
 */
class Saving {
  #world;
  #onFailure;
  #running;

  /** From now on the library's timer and its own calls come here. `onFailure` is told what the timer could not save. */
  constructor(world, onFailure) {
    this.#world = world;
    this.#onFailure = onFailure;
    world.saveNow = () => this.#save().catch((failure) => this.#onFailure(failure));
  }

  /** Writes all that is changed. Throws what a write threw; what was not written stays to be. */
  async all() {
    while (this.#world.savingQueue.size > 0) await this.#save();
  }

  /** While this runs, nothing is written; what changes is written afterwards. */
  async pausedFor(act) {
    this.#world.stopSaving();
    try {
      await this.all();
      return await act();
    } finally {
      this.#world.startSaving();
    }
  }

  /** One at a time: a second caller gets the outcome of the one that runs. */
  #save() {
    this.#running ??= this.#saveChanged().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #saveChanged() {
    const world = this.#world;
    const changed = [...world.savingQueue];
    try {
      await Promise.all(
        changed.map(
          ([key, { chunkX, chunkZ }]) =>
            world.columns[key] && world.storageProvider.save(chunkX, chunkZ, world.columns[key]),
        ),
      );
    } catch (failure) {
      // A region file queues its writes behind the one before, also behind one that failed.
      for (const region of Object.values(world.storageProvider.regions)) region.q = Promise.resolve();
      throw failure;
    }
    // Changed again meanwhile: then there is a new entry under the same key, and it stays.
    for (const [key, entry] of changed) if (world.savingQueue.get(key) === entry) world.savingQueue.delete(key);
    for (const [key, { chunkX, chunkZ }] of [...world.unloadQueue])
      if (!world.savingQueue.has(key)) world.forceUnloadColumn(key, chunkX, chunkZ);
    world.emit('doneSaving');
  }
}

module.exports = { Saving };
