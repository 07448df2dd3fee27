'use strict';

/**
 * Saves one world of the library, instead of the library's own saving. That one (prismarine-world 3, anvil provider 2)
 * forgets what is changed while it saves, and never writes again after one failed write, such as on a full disk.
 */
class Saving {
  #world;
  #onFailure;
  #running;

  /** From now on the library's timer and its own calls come here. `onFailure` hears why a save by the timer failed. */
  constructor(world, onFailure) {
    this.#world = world;
    this.#onFailure = onFailure;
    world.saveNow = () => this.#save().catch((failure) => this.#onFailure(failure));
  }

  /** Writes all that has changed. Throws what a write threw. The next save writes what this one did not. */
  async all() {
    while (this.#world.savingQueue.size > 0) await this.#save();
  }

  /** While this runs, nothing is written. Changes are written afterwards. */
  async pausedFor(act) {
    this.#world.stopSaving();
    try {
      await this.all();
      return await act();
    } finally {
      this.#world.startSaving();
    }
  }

  /** One save at a time: a second caller gets the outcome of the running one. */
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
      // A region file queues each write after the one before, even after one that failed.
      for (const region of Object.values(world.storageProvider.regions)) region.q = Promise.resolve();
      throw failure;
    }
    // A column that changed meanwhile has a new entry under the same key, and that one stays.
    for (const [key, entry] of changed) if (world.savingQueue.get(key) === entry) world.savingQueue.delete(key);
    for (const [key, { chunkX, chunkZ }] of [...world.unloadQueue])
      if (!world.savingQueue.has(key)) world.forceUnloadColumn(key, chunkX, chunkZ);
    world.emit('doneSaving');
  }
}

module.exports = { Saving };
