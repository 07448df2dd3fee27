import { existsSync, statSync } from 'node:fs';
import type { BoxConfig, Clock, Logger, RunPaths } from '@pinky/protocol';
import { ConsoleArchive, historyBytesOf } from '../console/archive.js';
import { describeExit, readExit } from '../launch/exit-status.js';
import { readRunIdentity } from '../launch/run-identity.js';
import type { EventSender } from '../publish/event-sender.js';
import { readCheckpoint } from '../record/checkpoint.js';
import { readJournal, RunJournal } from '../record/run-journal.js';
import type { ServerFiles } from '../record/server-files.js';
import { recordedSecrets } from '../secrets/recorded-secrets.js';

/** A run whose game is gone, as the next worker finds it. */
export interface EndedRun {
  readonly run: string;
  /** It ended, and its journal does not say so. */
  readonly isOpen: boolean;
  /** A stop ended it, and the final backup is written. */
  readonly wasStopped: boolean;
  /** The address of that backup, if there was a world to back up. */
  readonly backup?: string;
}

export interface EndedRunInput {
  readonly files: ServerFiles;
  readonly config: () => BoxConfig;
  readonly log: Logger;
}

const closing = new Set(['crashed', 'crash_loop', 'stopped', 'start_failed']);

/** Finds out how a run ended, and puts its console into the history. */
export function endedRun(input: EndedRunInput, run: string): EndedRun {
  const paths = input.files.paths.run(run);
  const entries = readJournal(paths.journal).map(({ entry }) => entry);
  const end = entries.find(({ type }) => closing.has(type));
  archive(input, run);
  const wasStopped = end?.type === 'stopped' && end['restarting'] !== true;
  const backup = wasStopped ? end['backup'] : undefined;
  return {
    run,
    isOpen: !end && readRunIdentity(paths.identity) !== undefined,
    wasStopped,
    ...(typeof backup === 'string' && { backup }),
  };
}

/** Has a finished run published. */
export function addEndedRun(
  { files, sender, clock, log }: EndedRunInput & {
    readonly sender: Pick<EventSender, 'addRun'>;
    readonly clock: Clock;
  },
  { run, isOpen }: EndedRun,
): void {
  const paths = files.paths.run(run);
  if (isOpen) closeRun(run, paths, { ts: new Date(clock.wallNow()).toISOString(), log });
  const live = { console: sizeOf(paths.console), journal: sizeOf(paths.journal) };
  sender.addRun(run, readCheckpoint(paths), live, true);
}

/** Notes the end of a run that nobody closed: its worker died first, or its disk was full. */
function closeRun(run: string, paths: RunPaths, { ts, log }: { readonly ts: string; readonly log: Logger }): void {
  const status = readExit(paths.exit) ?? {};
  try {
    const journal = new RunJournal(paths.journal);
    journal.append({
      ...status,
      how: describeExit(status),
      type: 'crashed',
      ts,
      at: sizeOf(paths.console),
    });
    journal.close();
  } catch (error) {
    log.error({ event: 'run.unclosed', run, error: String(error) });
  }
}

function archive({ files, config, log }: EndedRunInput, run: string): void {
  const { console } = files.paths.run(run);
  if (!existsSync(console)) return;
  const history = new ConsoleArchive({
    console,
    logDir: files.paths.log,
    keptDir: files.history.consoleDir,
    run,
    keptBytes: () => historyBytesOf(config()),
    mask: () => recordedSecrets(files, run).mask,
    log,
  });
  history.archive(statSync(console).size, true);
}

const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);
