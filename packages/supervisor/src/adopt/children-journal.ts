import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isAlive, type ProcessIdentity } from './process-identity.js';

/** One child that was running when the journal was written. */
export interface JournalEntry {
  readonly name: string;
  readonly identity: ProcessIdentity;
}

/** Which children run, in a file: so that whoever comes after a parent that died knows whom to take over. */
export class ChildrenJournal {
  constructor(readonly path: string) {}

  /** In one step. False where it could not be written (full disk). */
  write(entries: readonly JournalEntry[]): boolean {
    try {
      writeFileSync(`${this.path}.new`, JSON.stringify(entries), { mode: 0o600 });
      renameSync(`${this.path}.new`, this.path);
      return true;
    } catch {
      return false;
    }
  }

  /** Those of the journal who live still. */
  survivors(): readonly JournalEntry[] {
    try {
      const content: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      return Array.isArray(content) ? content.filter(isEntry).filter((entry) => isAlive(entry.identity)) : [];
    } catch {
      return []; // none yet, or cut short by a crash of the machine
    }
  }
}

function isEntry(value: unknown): value is JournalEntry {
  // The casts hold: each field is looked at before it is believed.
  const { name, identity } = (value ?? {}) as Partial<JournalEntry>;
  const { pid, startTime, bootId } = (identity ?? {}) as Partial<ProcessIdentity>;
  return (
    typeof name === 'string' && Number.isInteger(pid) && typeof startTime === 'string' && typeof bootId === 'string'
  );
}
