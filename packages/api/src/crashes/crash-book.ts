import { PinkyError } from '@pinky/protocol';
import type { ApiParts } from '../http/app.js';
import { knownServer } from '../servers/known-server.js';
import { crashIn, type Crash } from './crash.js';
import { notesOf } from './journals.js';
import { RemovedCrashes } from './removed-crashes.js';

/** The crashes of every server, without those whose reports were removed. */
export class CrashBook {
  #removing: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: Pick<ApiParts, 'config' | 'state'>) {}

  /** Oldest first. Throws `not_found` where the server is not known and nothing is left of it. */
  async of(serverId: string): Promise<Crash[]> {
    const { config, state } = this.parts;
    const noted = await this.#noted(serverId);
    if (noted.length === 0) await knownServer(state, serverId);
    const removed = await new RemovedCrashes(config().home, serverId).read();
    return state.maskOf(serverId).deep(noted.filter(({ id }) => !removed.has(id)));
  }

  /** Throws `not_found`. */
  async one(serverId: string, id: string): Promise<Crash> {
    const found = (await this.of(serverId)).find((crash) => crash.id === id);
    if (found) return found;
    throw new PinkyError('not_found', `server ${serverId} has no crash report ${id}`);
  }

  /** Removes one report. Throws `not_found`. */
  removeOne(serverId: string, id: string): Promise<void> {
    return this.#inTurn(async () => this.#remove(serverId, [await this.one(serverId, id)]));
  }

  /** Removes all reports, or those up to one: nobody has seen the later ones. Throws `not_found`. */
  removeAll(serverId: string, upTo?: string): Promise<void> {
    return this.#inTurn(async () => {
      const all = await this.of(serverId);
      if (upTo !== undefined) await this.one(serverId, upTo);
      const last = all.findIndex(({ id }) => id === upTo);
      await this.#remove(serverId, upTo === undefined ? all : all.slice(0, last + 1));
    });
  }

  async #remove(serverId: string, crashes: readonly Crash[]): Promise<void> {
    if (crashes.length === 0) return;
    const file = new RemovedCrashes(this.parts.config().home, serverId);
    const wanted = new Set([...(await file.read()), ...crashes.map(({ id }) => id)]);
    const noted = await this.#noted(serverId); // the history forgets old runs, and so does this
    await file.write(noted.flatMap(({ id }) => (wanted.has(id) ? [id] : [])));
  }

  async #noted(serverId: string): Promise<Crash[]> {
    const notes = await notesOf(this.parts.config(), serverId);
    return notes.flatMap((note) => crashIn(note) ?? []);
  }

  /** One after another: each reads what the one before has written. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#removing.then(work);
    this.#removing = turn.catch(() => undefined); // its caller hears of it
    return turn;
  }
}
