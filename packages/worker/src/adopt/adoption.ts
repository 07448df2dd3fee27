import { existsSync, statSync } from 'node:fs';
import { readFunpack, type Funpack } from '@pinky/funpack-runner/light';
import { isAlive } from '@pinky/supervisor/identity';
import { PinkyError, type Clock, type Logger } from '@pinky/protocol';
import { readExit } from '../launch/exit-status.js';
import { fateOfRun, readRunIdentity, type RunIdentity } from '../launch/run-identity.js';
import type { EventSender } from '../publish/event-sender.js';
import { readCheckpoint } from '../record/checkpoint.js';
import { readJournal } from '../record/run-journal.js';
import type { ServerRecord } from '../record/server-record.js';
import { closeRun, endedRun, type EndedRun } from './ended-run.js';
import { launchContext } from '../prepare/preparation.js';
import type { GameServer } from '../life/game-server.js';
import { recordFromRuns } from './record-from-runs.js';
import type { ServerFiles } from '../record/server-files.js';
import type { StopFlow } from '../life/stop-flow.js';

/** Between two looks at a wrapper that is about to write down who it is, milliseconds. */
const wrapperPauseMs = 5;

export interface AdoptionInput {
  readonly server: GameServer;
  readonly stops: StopFlow;
  readonly files: ServerFiles;
  readonly publisher: EventSender;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Takes over what a predecessor left: a game that runs, one that ended meanwhile, a start or a stop half done, or only
 * events that were not published. Decides from what is on disk and in the process table, and from nothing else.
 */
export async function adopt(input: AdoptionInput): Promise<void> {
  const { server, files, clock, log } = input;
  const runs = openRuns(input);
  const last = runs.at(-1);
  server.runs.know(last ?? '');
  for (const run of runs.slice(0, -1)) addEndedRun(input, endedRun(files, run, server.options));
  const read = files.record();
  const record = read === 'damaged' ? recordFromRuns(files) : read;
  if (last === undefined) return record && carryOn(input, record, undefined);
  const fate = await fateOfRun(files.paths.run(last), () => clock.sleep(wrapperPauseMs));
  log.info({
    event: 'run.found',
    serverId: server.serverId,
    run: last,
    fate: fate.kind,
    hasRecord: read !== 'damaged' && read !== undefined,
  });
  if (fate.kind === 'running') return adoptGame(input, record ?? recordFromRuns(files), last, fate.identity);
  server.options.clearRemains();
  const ended = endedRun(files, last, server.options);
  if (record && ended.isOpen && !record.failed) return adoptEnd(input, record, last);
  addEndedRun(input, ended);
  return record && carryOn(input, record, ended);
}

/**
 * The runs on disk, oldest first. One after that of a living game should not be; it goes, because the game comes first.
 */
function openRuns({ files, log }: AdoptionInput): string[] {
  const runs = files.runs();
  const living = runs.findLastIndex((run) => {
    const identity = readRunIdentity(files.paths.run(run).identity);
    return identity !== undefined && isAlive(identity.game);
  });
  if (living < 0) return runs;
  for (const run of runs.slice(living + 1)) {
    log.error({
      event: 'run.superfluous',
      serverId: files.serverId,
      run,
      living: runs[living],
    });
    files.removeRun(run);
  }
  return runs.slice(0, living + 1);
}

/** The game runs: whatever else is true, it goes on. */
async function adoptGame(
  input: AdoptionInput,
  { failed, failedAt: _over, ...record }: ServerRecord,
  run: string,
  identity: RunIdentity,
): Promise<void> {
  const { server, stops, files } = input;
  const instance = await takeOver(input, record, run);
  instance.adopt(identity);
  instance.run.readToEnd(false);
  // it may have become up only by reading
  server.resume(server.state, newWorker, launchedAt(files.paths.run(run).identity));
  if (server.state === 'starting') server.awaitReady();
  else server.nowUp();
  if (record.wanted === 'down') void stops.stop('graceful').catch(() => undefined); // told as an event where it fails
  else if (failed) server.tryWrite({ wanted: 'up' }); // it was worked out from the journals
}

/** The game ended while nobody was there to see it: what it said last is read, then it is an end like any other. */
async function adoptEnd(input: AdoptionInput, record: ServerRecord, run: string): Promise<void> {
  const { server, stops, files } = input;
  const instance = await takeOver(input, record, run);
  instance.run.readToEnd(true);
  if (record.wanted === 'down') void stops.stop('graceful').catch(() => undefined); // told as an event where it fails
  else server.exited(readExit(files.paths.run(run).exit) ?? {});
}

async function takeOver(input: AdoptionInput, record: ServerRecord, run: string) {
  const { server, files } = input;
  server.record = record;
  takeFunpack(input, record);
  const paths = files.paths.run(run);
  const from = readCheckpoint(paths);
  const wasTold = readJournal(paths.journal).some(({ entry }) => entry.type === 'launched');
  const instance = server.runs.resume(run, from);
  // its worker died before it could
  if (!wasTold) instance.run.note('launched', { pid: readRunIdentity(paths.identity)?.game.pid, port: record.port });
  if (!record.isPrepared) server.tryWrite({ isPrepared: true });
  if (from.isReady) server.keepWorld();
  if (server.prepared) instance.speaks(server.prepared.funpack, server.prepared.context);
  server.resume(from.isReady ? 'up' : 'starting', newWorker);
  return instance;
}

const newWorker = 'its game goes on under a new worker';

/** When the wrapper wrote down who the game is, Unix milliseconds: an adopted game is no younger for its new worker. */
const launchedAt = (identity: string): number | undefined => statSync(identity, { throwIfNoEntry: false })?.mtimeMs;

/** No game runs and no run is open: do what was wanted. */
async function carryOn(input: AdoptionInput, record: ServerRecord, last: EndedRun | undefined): Promise<void> {
  const { server, stops } = input;
  server.record = record;
  takeFunpack(input, record);
  if (record.failed) {
    server.resume('failed', record.failed.message, record.failedAt);
  } else if (record.wanted === 'down') {
    server.resume('crashed', 'a stop was not finished'); // the state in which no game runs and a stop is possible
    server.apply('stop', 'a stop was not finished');
    const finished = last?.wasStopped ? stops.resume() : stops.stop('graceful');
    void finished.catch(() => undefined); // told as an event where it fails
  } else if (!record.isPrepared) {
    void server.begin(record.start).catch(() => undefined); // likewise
  } else {
    server.resume('crashed', 'its worker was gone before it was launched again');
    server.recovery.relaunch();
  }
}

function addEndedRun({ publisher, files, clock, log }: AdoptionInput, { run, isOpen }: EndedRun): void {
  const paths = files.paths.run(run);
  if (isOpen) closeRun(files, run, { ts: new Date(clock.wallNow()).toISOString(), log });
  const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);
  publisher.addRun(
    run,
    readCheckpoint(paths),
    { console: sizeOf(paths.console), journal: sizeOf(paths.journal) },
    true,
  );
}

/** The funpack of a server; none where it was removed meanwhile, which is no reason to touch the game. */
function takeFunpack({ server, files, log }: AdoptionInput, { funpack: known, start, port }: ServerRecord): void {
  if (!known) return;
  try {
    const funpack: Funpack = readFunpack(known.dir, known.digest);
    server.prepared = {
      funpack,
      context: launchContext({ config: server.options.config(), files, start, port }, funpack),
    };
  } catch (error) {
    log.error({
      event: 'funpack.lost',
      dir: known.dir,
      error: error instanceof PinkyError ? error.message : String(error),
    });
  }
}
