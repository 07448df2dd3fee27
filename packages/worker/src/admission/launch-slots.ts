import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { errnoOf, namesIn } from '@pinky/protocol';
import { identify, isAlive, type ProcessIdentity } from '@pinky/supervisor/identity';

/**
 * The slots of a box in which games are launched, and the line of servers that wait for one. Each is a file that says
 * which process it belongs to: pid, start time and boot id. link(2) makes a slot, so it has one owner, and a file of a
 * dead process counts for nothing. So they work whichever process of the box is dead.
 */
export class LaunchSlots {
  readonly #waiting: string;
  readonly #own: string;
  #slot: string | undefined;
  #ticket: string | undefined;

  constructor(private readonly dir: string, private readonly serverId: string) {
    this.#waiting = join(dir, 'waiting');
    this.#own = JSON.stringify(identify(process.pid) ?? {});
  }

  get hasSlot(): boolean {
    return this.#slot !== undefined;
  }

  /** A file of this process's own, which becomes a slot or a ticket when it is whole. */
  get #mark(): string {
    return join(this.dir, `.${this.serverId}.${process.pid}`);
  }

  /** Stands in line. A name that sorts earlier comes first. */
  stand(place: string): void {
    this.leave();
    mkdirSync(this.#waiting, { recursive: true, mode: 0o700 });
    this.#ticket = join(this.#waiting, `${place}.${this.serverId}`);
    writeFileSync(this.#mark, this.#own);
    renameSync(this.#mark, this.#ticket);
  }

  /** Leaves the line. */
  leave(): void {
    if (this.#ticket !== undefined) rmSync(this.#ticket, { force: true });
    this.#ticket = undefined;
  }

  /** The place in line, from 1, and how many stand there. Tickets of the dead are removed. */
  get place(): { readonly at: number; readonly of: number } {
    const names = namesIn(this.#waiting).filter((name) => {
      const path = join(this.#waiting, name);
      if (path === this.#ticket || isOfLiving(path)) return true;
      rmSync(path, { force: true });
      return false;
    });
    const mine = this.#ticket === undefined ? '' : this.#ticket.slice(this.#waiting.length + 1);
    return { at: names.filter((name) => name < mine).length + 1, of: names.length };
  }

  /** Whether nobody stands in line. */
  get isFree(): boolean {
    return namesIn(this.#waiting).length === 0;
  }

  /** Takes one of `count` slots. False if all of them belong to living processes. */
  take(count: number): boolean {
    if (this.#slot !== undefined) return true;
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    this.#removeMarksOfDead();
    const mark = this.#mark;
    writeFileSync(mark, this.#own);
    try {
      for (let n = 0; n < count && this.#slot === undefined; n++) {
        const slot = join(this.dir, `slot.${n}`);
        if (claim(mark, slot) || (this.#clearDead(slot) && claim(mark, slot))) this.#slot = slot;
      }
    } finally {
      rmSync(mark, { force: true });
    }
    return this.#slot !== undefined;
  }

  /** A worker that is killed while it takes a slot leaves a mark, whose name begins with a dot. */
  #removeMarksOfDead(): void {
    for (const name of namesIn(this.dir)) {
      const path = join(this.dir, name);
      if (name.startsWith('.') && !isOfLiving(path)) rmSync(path, { force: true });
    }
  }

  /** Gives the slot back. */
  release(): void {
    if (this.#slot !== undefined && textOf(this.#slot) === this.#own) rmSync(this.#slot, { force: true });
    this.#slot = undefined;
  }

  /**
   * Removes the slot of a dead process. Another process may do so at the same moment and then take the slot; a slot
   * that turns out to be of the living is put back.
   */
  #clearDead(slot: string): boolean {
    if (isOfLiving(slot)) return false;
    const aside = join(this.dir, `.dead.${this.serverId}.${process.pid}`);
    try {
      renameSync(slot, aside);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return true; // cleared, or given back
      throw error;
    }
    const wasDead = !isOfLiving(aside);
    if (!wasDead) claim(aside, slot);
    rmSync(aside, { force: true });
    return wasDead;
  }
}

function claim(mark: string, slot: string): boolean {
  try {
    linkSync(mark, slot);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Whether the file names a process that lives. Slots and tickets are whole before they have their names, so one that is
 * empty was lost in a power cut. A mark may be about to be written: its name tells whose it is.
 */
function isOfLiving(path: string): boolean {
  const text = textOf(path);
  if (text === undefined) return false;
  try {
    return isAlive(JSON.parse(text) as ProcessIdentity); // written by this class alone; a wrong field is of nobody
  } catch {
    const pid = /^\.[\w-]+\.(\d+)$/.exec(basename(path))?.[1];
    return pid !== undefined && identify(Number(pid)) !== undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // gone
  }
}
