import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, errnoOf, namesIn } from '@pinky/protocol';
import { pruneSegments } from '../console/archive.js';

/** How many journals of earlier runs are kept of a server: the newest. */
const mostJournals = 200;

/**
 * The history of a server, which outlives its runs: its console in `console/`, and in `journal/` what the worker noted
 * of each run, above all its crashes. Both are bounded. `pinky rm` removes them.
 */
export class ServerHistory {
  /** The folder of the console's segments. */
  readonly consoleDir: string;
  readonly #journal: string;

  /** `keptBytes`: how much console is kept. */
  constructor(home: string, serverId: string, private readonly keptBytes: () => number) {
    const dir = boxPaths(home).history(serverId);
    this.consoleDir = join(dir, 'console');
    this.#journal = join(dir, 'journal');
  }

  /** Takes the console's segments out of the folder of a server that is down. Throws if the disk is full. */
  takeConsole(logDir: string): void {
    const names = namesIn(logDir).filter((name) => name.endsWith('.log'));
    if (names.length > 0) mkdirSync(this.consoleDir, { recursive: true, mode: 0o700 });
    for (const name of names) move(join(logDir, name), join(this.consoleDir, name));
    rmSync(logDir, { recursive: true, force: true });
    pruneSegments(this.consoleDir, this.keptBytes());
    this.#pruneTimes();
  }

  /** Times without a segment say nothing. */
  #pruneTimes(): void {
    const names = namesIn(this.consoleDir);
    const runs = new Set(names.filter((name) => name.endsWith('.log')).map((name) => name.split('.')[0]));
    for (const name of names) {
      const isLeft = name.endsWith('.times') && !runs.has(name.split('.')[0]);
      if (isLeft) rmSync(join(this.consoleDir, name), { force: true });
    }
  }

  /** Copies the times of a run's console beside its segments. Throws if the disk is full. */
  takeTimes(run: string, path: string): void {
    if (!existsSync(path)) return;
    mkdirSync(this.consoleDir, { recursive: true, mode: 0o700 });
    copyFileSync(path, join(this.consoleDir, `${run}.times`));
  }

  /** Copies the journal of a run that is about to be removed. Throws if the disk is full. */
  takeJournal(run: string, path: string): void {
    if (!existsSync(path) || statSync(path).size === 0) return;
    mkdirSync(this.#journal, { recursive: true, mode: 0o700 });
    copyFileSync(path, join(this.#journal, `${run}.jsonl`));
    const surplus = namesIn(this.#journal).toSorted().slice(0, -mostJournals);
    for (const name of surplus) rmSync(join(this.#journal, name), { force: true });
  }
}

function move(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (errnoOf(error) !== 'EXDEV') throw error;
    copyFileSync(from, to); // the home is on another file system than the servers
    rmSync(from);
  }
}
