import { existsSync, statSync } from 'node:fs';
import type { BoxConfig, Logger } from '@pinky/protocol';
import { ConsoleArchive, historyBytesOf } from '../console/archive.js';
import { describeExit, readExit } from '../launch/exit-status.js';
import { readRunIdentity } from '../launch/run-identity.js';
import { RunJournal, readJournal } from '../record/run-journal.js';
import type { ServerFiles } from '../record/server-files.js';

/** A run whose game is gone, as a successor finds it. */
export interface EndedRun {
  readonly run: string;
  /** It ended, and nobody has written that down. */
  readonly isOpen: boolean;
  /** It was ended by a stop, whose final backup is written. */
  readonly wasStopped: boolean;
}

interface Archived {
  readonly config: () => BoxConfig;
  readonly log: Logger;
}

const closing = new Set(['crashed', 'crash_loop', 'stopped', 'start_failed']);

export function endedRun(files: ServerFiles, run: string, given: Archived): EndedRun {
  const paths = files.paths.run(run);
  const entries = readJournal(paths.journal).map(({ entry }) => entry);
  const end = entries.find(({ type }) => closing.has(type));
  archive(files, run, given);
  return {
    run,
    isOpen: !end && readRunIdentity(paths.identity) !== undefined,
    wasStopped: end?.type === 'stopped' && end['restarting'] !== true,
  };
}

/** Writes down that a run ended which nobody closed: its worker died, or its disk was full, before it could. */
export function closeRun(
  files: ServerFiles,
  run: string,
  { ts, log }: { readonly ts: string; readonly log: Logger },
): void {
  const paths = files.paths.run(run);
  const status = readExit(paths.exit) ?? {};
  try {
    const journal = new RunJournal(paths.journal);
    journal.append({
      ...status,
      how: describeExit(status),
      type: 'crashed',
      ts,
      at: existsSync(paths.console) ? statSync(paths.console).size : 0,
    });
    journal.close();
  } catch (error) {
    log.error({ event: 'run.unclosed', run, error: String(error) });
  }
}

function archive(files: ServerFiles, run: string, { config, log }: Archived): void {
  const { console } = files.paths.run(run);
  if (existsSync(console)) {
    new ConsoleArchive({
      console,
      logDir: files.paths.log,
      run,
      keptBytes: () => historyBytesOf(config()),
      log,
    }).archive(statSync(console).size, true);
  }
}
