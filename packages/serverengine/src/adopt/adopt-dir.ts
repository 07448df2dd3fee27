import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChildrenJournal, identify, isAlive, type ProcessIdentity, readStat } from '@pinky/supervisor';

/** Workers by their names, each with its process. */
export type Survivors = ReadonlyMap<string, ProcessIdentity>;

const ending = '.workers';

/**
 * The folder by which servers hand their workers on (`adoptDir`). Each server keeps a journal of its workers there,
 * named for the server's own identity; where that server is dead, its workers that live are the next one's. A living
 * server keeps its own, so two may stand side by side in a live restart.
 */
export class Adoption {
  readonly #journal: ChildrenJournal;
  readonly #workers = new Map<string, ProcessIdentity>();

  /** Throws the system's error where the folder cannot be made or written. */
  constructor(private readonly directory: string, self: ProcessIdentity | undefined = identify(process.pid)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#journal = new ChildrenJournal(join(directory, `${nameOf(self)}${ending}`));
    writeFileSync(this.#journal.path, '[]', { mode: 0o600 });
  }

  /**
   * Takes over what dead servers left, and takes away the sockets that they can no longer. Of several that try, one
   * gets each: a journal is moved before it is read.
   */
  takeOver(): Survivors {
    for (const file of readdirSync(this.directory).filter(
      (name) => /^\d+\.sock$/.test(name) && !readStat(parseInt(name, 10)),
    ))
      rmSync(join(this.directory, file), { force: true });
    for (const name of readdirSync(this.directory).filter(
      (file) => file.endsWith(ending) && isOfDead(file.slice(0, -ending.length)),
    )) {
      const taken = `${this.#journal.path}.taken`;
      try {
        renameSync(join(this.directory, name), taken);
      } catch {
        continue; // another server was faster
      }
      for (const entry of new ChildrenJournal(taken).survivors()) this.#workers.set(entry.name, entry.identity);
      this.#write();
      rmSync(taken, { force: true });
    }
    return new Map(this.#workers);
  }

  /** Written before it is acted on any further: a server may die at any moment. */
  note(name: string, identity: ProcessIdentity | undefined): void {
    if (identity) this.#workers.set(name, identity);
    else this.#workers.delete(name);
    this.#write();
  }

  /** With the last worker gone nothing is left to hand on; what is left in it is the next server's. */
  close(): void {
    if (this.#workers.size === 0) rmSync(this.#journal.path, { force: true });
  }

  #write(): void {
    this.#journal.write([...this.#workers].map(([name, identity]) => ({ name, identity })));
  }
}

const nameOf = (self: ProcessIdentity | undefined): string =>
  self ? `${self.pid}-${self.startTime}-${self.bootId}` : String(process.pid);

function isOfDead(name: string): boolean {
  const [pid = '', startTime = '', ...bootId] = name.split('-');
  return !isAlive({ pid: Number(pid), startTime, bootId: bootId.join('-') });
}
