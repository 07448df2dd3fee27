import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChildrenJournal, identify, isAlive, readStat, type ProcessIdentity } from '@pinky/supervisor';

/** Workers by their names, each with its process. */
export type Survivors = ReadonlyMap<string, ProcessIdentity>;

const ending = '.workers';

/**
 * The folder by which one server leaves its workers to the next (`adoptDir`). Each server keeps a journal of its
 * workers there, named by the server's own identity. If that server is dead, its living workers belong to the next
 * server. A living server keeps its own, so two can run side by side in a live restart.
 */
export class AdoptDir {
  readonly #journal: ChildrenJournal;
  readonly #workers = new Map<string, ProcessIdentity>();

  /** Throws the system's error if the folder cannot be made or written. */
  constructor(private readonly directory: string, self: ProcessIdentity | undefined = identify(process.pid)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#journal = new ChildrenJournal(join(directory, `${nameOf(self)}${ending}`));
    writeFileSync(this.#journal.path, '[]', { mode: 0o600 });
  }

  /**
   * Takes over the workers of dead servers, and removes those servers' sockets. If several servers try, each journal
   * goes to one of them, because it is moved before it is read.
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
      for (const child of new ChildrenJournal(taken).survivors()) this.#workers.set(child.name, child.identity);
      this.#write();
      rmSync(taken, { force: true });
    }
    return new Map(this.#workers);
  }

  /** Writes down a worker's start, or its end. The server may die at any moment, so this comes first. */
  note(name: string, identity: ProcessIdentity | undefined): void {
    if (identity) this.#workers.set(name, identity);
    else this.#workers.delete(name);
    this.#write();
  }

  /** Removes the journal once the last worker is gone. A worker that is left in it is the next server's. */
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
