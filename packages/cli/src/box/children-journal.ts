import { isAlive, type ProcessIdentity } from '@pinky/supervisor';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hasFields } from './unknown-fields.js';

/** One child that was running when the journal was written. */
export interface JournalEntry {
  readonly name: string;
  readonly identity: ProcessIdentity;
}

/**
 * Which children run, so that a new supervisor knows whom to wait for. A lost or old journal costs a moment, not
 * correctness: whoever is started beside a living one finds its lock held and leaves (exit 4).
 */
export class ChildrenJournal {
  constructor(private readonly path: string) {}

  /** False where it could not be written (full disk). */
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

const isEntry = (value: unknown): value is JournalEntry =>
  hasFields(value, { name: 'string', identity: 'object' }) && hasFields(value['identity'], { pid: 'number', startTime: 'string', bootId: 'string' });
