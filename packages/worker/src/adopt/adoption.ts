import { statSync } from 'node:fs';
import type { BoxConfig, Clock, Logger } from '@pinky/protocol';
import { readExit } from '../launch/exit-status.js';
import { readRunIdentity, type RunIdentity } from '../launch/run-identity.js';
import type { ServerLife } from '../life/server-life.js';
import type { Machine } from '../machine/machine.js';
import { takeFunpack } from '../prepare/take-funpack.js';
import type { EventSender } from '../publish/event-sender.js';
import { readCheckpoint } from '../record/checkpoint.js';
import { readJournal } from '../record/run-journal.js';
import type { ServerFiles } from '../record/server-files.js';
import { portsOf, type ServerRecord } from '../record/server-record.js';
import type { GameRun } from '../run/game-run.js';
import { addEndedRun, endedRun, type EndedRun } from './ended-run.js';
import { findRuns } from './found-runs.js';
import { recordFromRuns } from './record-from-runs.js';

/** Pause between two looks at a wrapper that is about to write down which game it started, milliseconds. */
const wrapperPauseMs = 5;

export interface AdoptionInput {
  readonly life: ServerLife;
  readonly files: ServerFiles;
  readonly machine: Machine;
  readonly sender: Pick<EventSender, 'addRun'>;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Takes over from the worker before: a running game, a game that ended meanwhile, a start or a stop that is half done,
 * or only events that were not published. Every decision comes from the files on disk and from the process table.
 */
export async function adopt(input: AdoptionInput): Promise<void> {
  const { life, files, machine, clock, log } = input;
  const { serverId } = files;
  const runs = findRuns(input);
  const last = runs.at(-1);
  life.server.runs.know(last ?? '');
  for (const run of runs.slice(0, -1)) addEndedRun(input, endedRun(input, run));
  const read = files.record();
  const record = read === 'damaged' ? recordFromRuns(files) : read;
  if (last === undefined) return record && carryOn(input, record, undefined);
  const fate = await machine.fateOf(files.paths.run(last), () => clock.sleep(wrapperPauseMs));
  const hasRecord = read !== 'damaged' && read !== undefined;
  log.info({
    event: 'run.found',
    serverId,
    run: last,
    fate: fate.kind,
    hasRecord,
  });
  if (fate.kind === 'running') return adoptGame(input, record ?? recordFromRuns(files), last, fate.identity);
  life.clearRemains();
  const ended = endedRun(input, last);
  if (record && ended.isOpen && !record.failed) return adoptEnd(input, record, last);
  addEndedRun(input, ended);
  return record && carryOn(input, record, ended);
}

/** The game runs. It goes on, whatever else is true. */
function adoptGame(
  input: AdoptionInput,
  { failed, failedAt: _over, ...record }: ServerRecord,
  runId: string,
  identity: RunIdentity,
): void {
  const { life, files } = input;
  const { server: { state }, starts, stops } = life;
  const run = takeOver(input, record, runId);
  // an older version has not written it; where a game lives, its home was not copied
  if (record.preparedIn === undefined) life.server.record.tryChange({ preparedIn: files.paths.working });
  run.adopt(identity);
  run.runLog.readToEnd(false);
  // reading may have brought it up
  state.resume(state.now, newWorker, sinceWhen(record, runId, files.paths.run(runId).identity));
  if (state.now === 'starting') starts.resume();
  else life.up();
  if (record.staysDown) life.staysDown();
  if (record.wanted === 'down') stops.stop('graceful').catch(() => undefined); // a failure is told as an event
  else if (failed) life.server.record.tryChange({ wanted: 'up' }); // the record was worked out from the journals
}

/** The game ended while no worker was there. Its last output is read first; then its end is treated like any other. */
function adoptEnd(input: AdoptionInput, record: ServerRecord, runId: string): void {
  const { life, files } = input;
  const end = readExit(files.paths.run(runId).exit) ?? {};
  takeOver(input, record, runId).hearOut(end);
  if (record.staysDown) life.staysDown();
  if (record.wanted === 'down') life.stops.stop('graceful').catch(() => undefined); // a failure is told as an event
  else life.endedMeanwhile(end);
}

/** Puts the server into the state that its run's checkpoint describes. */
function takeOver(input: AdoptionInput, record: ServerRecord, runId: string): GameRun {
  const { life: { server }, files } = input;
  server.record.adopt(record);
  takeFunpack({ ...input, server: input.life.server }, record);
  const paths = files.paths.run(runId);
  const from = readCheckpoint(paths);
  const noted = readJournal(paths.journal).map(({ entry }) => entry);
  const wasTold = noted.some(({ type }) => type === 'launched');
  const run = server.runs.resume(runId, from, noted);
  // the worker before died before it could tell
  const game = readRunIdentity(paths.identity)?.game;
  if (!wasTold && game) run.runLog.note('launched', { pid: game.pid, ...portsOf(record) });
  if (!record.isPrepared) server.record.tryChange({ isPrepared: true });
  if (from.isReady) server.record.keepWorld();
  if (server.prepared) run.speak(server.prepared.funpack, server.prepared.context);
  server.state.resume(from.isReady ? 'up' : 'starting', newWorker);
  return run;
}

const newWorker = 'its game goes on under a new worker';

/**
 * Since when the game is up, Unix milliseconds. If it was not up yet, or an older version wrote the record: when it was
 * launched, since the wrapper wrote the identity then. A new worker makes a game no younger.
 */
const sinceWhen = ({ up }: ServerRecord, run: string, identity: string): number | undefined =>
  up?.run === run ? up.since : statSync(identity, { throwIfNoEntry: false })?.mtimeMs;

/** No game runs and no run is open. The server gets what was wanted. */
function carryOn(input: AdoptionInput, record: ServerRecord, last: EndedRun | undefined): void {
  const { server, starts, stops, crashes } = input.life;
  server.record.adopt(record);
  takeFunpack({ ...input, server: input.life.server }, record);
  if (record.staysDown) input.life.staysDown();
  if (record.failed) {
    server.state.resume('failed', record.failed.message, record.failedAt);
  } else if (record.wanted === 'down') {
    server.state.resume('crashed', 'a stop was not finished'); // no game runs, and a stop is possible
    server.state.apply('stop', 'a stop was not finished');
    const finished = last?.wasStopped ? stops.resume(last.backup) : stops.stop('graceful');
    finished.catch(() => undefined); // a failure is told as an event
  } else if (!record.isPrepared) {
    starts.begin({ ...record.start, isComingBack: true }).catch(() => undefined); // likewise
  } else {
    server.state.resume('crashed', 'its worker was gone before it was launched again');
    crashes.resume();
  }
}
