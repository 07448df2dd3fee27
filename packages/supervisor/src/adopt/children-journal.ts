import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isAlive, type ProcessIdentity } from './process-identity.js';

/** A child that was running when the journal was written. */
export interface JournaledChild {
  readonly name: string;
  readonly identity: ProcessIdentity;
}

/** A file that names the children that run, so that the next parent can take them over when this one has died. */
export class ChildrenJournal {
  constructor(readonly path: string) {}

  /** Replaces the journal in one step. False if it could not be written, because the disk is full, say. */
  write(entries: readonly JournaledChild[]): boolean {
    try {
      writeFileSync(`${this.path}.new`, JSON.stringify(entries), { mode: 0o600 });
      renameSync(`${this.path}.new`, this.path);
      return true;
    } catch {
      return false;
    }
  }

  /** The children of the journal that are still alive. */
  survivors(): readonly JournaledChild[] {
    try {
      const content: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      return Array.isArray(content) ? content.filter(isEntry).filter((entry) => isAlive(entry.identity)) : [];
    } catch {
      return []; // none yet, or cut short by a crash of the machine
    }
  }
}

function isEntry(value: unknown): value is JournaledChild {
  // The casts hold: each field is checked before it is used.
  const { name, identity } = (value ?? {}) as Partial<JournaledChild>;
  const { pid, startTime, bootId } = (identity ?? {}) as Partial<ProcessIdentity>;
  return (
    typeof name === 'string' && Number.isInteger(pid) && typeof startTime === 'string' && typeof bootId === 'string'
  );
}
