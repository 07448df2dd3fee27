import { existsSync, statSync } from 'node:fs';
import { readFunpack, type Funpack } from '@pinky/funpack-runner/light';
import { PinkyError, type Clock, type Logger } from '@pinky/protocol';
import { readExit } from '../launch/exit-status.js';
import { fateOfRun } from '../launch/run-identity.js';
import type { Publisher } from '../publish/publisher.js';
import { readCheckpoint } from '../record/checkpoint.js';
import { readJournal } from '../record/journal.js';
import type { ServerRecord } from '../record/server-record.js';
import { launchContext } from './preparation.js';
import type { GameServer } from './game-server.js';
import type { ServerFiles } from './server-files.js';
import type { StopFlow } from './stop-flow.js';

/** Between two looks at a wrapper that is about to write down who it is, milliseconds. */
const wrapperPauseMs = 5;

export interface AdoptionInput {
  readonly server: GameServer;
  readonly stops: StopFlow;
  readonly files: ServerFiles;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Takes over what a predecessor left: a game that runs, one that ended meanwhile, a start or a stop half done, or only
 * events that were not published. Decides from what is on disk and in the process table, and from nothing else.
 */
export async function adopt(input: AdoptionInput): Promise<void> {
  const { server, files, publisher } = input;
  const runs = files.runs();
  const record = files.record();
  for (const run of record ? runs.slice(0, -1) : runs) addEndedRun(files, publisher, run);
  if (!record) return;
  server.record = record;
  const run = runs.at(-1);
  const funpack = await knownFunpack(record, input.log);
  if (funpack) server.prepared = { funpack, context: launchContext({ config: server.options.config(), files, start: record.start, port: record.port }, funpack) };
  if (run === undefined) return carryOn(input, record);
  await adoptRun(input, record, run);
}

async function adoptRun(input: AdoptionInput, record: ServerRecord, run: string): Promise<void> {
  const { server, files, publisher, clock, log } = input;
  const paths = files.paths.run(run);
  const fate = await fateOfRun(paths, () => clock.sleep(wrapperPauseMs));
  log.info({ event: 'run.found', serverId: server.serverId, run, fate: fate.kind });
  if (fate.kind === 'neverLaunched' || isClosed(paths.journal)) {
    addEndedRun(files, publisher, run);
    return carryOn(input, record);
  }
  const from = readCheckpoint(paths.checkpoint);
  const instance = server.resumeInstance(run, from);
  if (server.prepared) instance.speaks(server.prepared.funpack, server.prepared.context);
  publisher.addRun(run, from, { console: from.console, journal: instance.run.position.journal }, false);
  server.resume(from.isReady ? 'up' : 'starting', 'it was taken over from a worker that is gone');
  if (fate.kind === 'running') {
    instance.adopt(fate.identity);
    instance.run.readToEnd(false);
    if (server.state === 'starting') server.awaitReady();
    else server.nowUp();
    if (record.wanted === 'down') void input.stops.stop('graceful').catch(() => undefined);
    return;
  }
  instance.run.follow();
  instance.run.readToEnd(true);
  if (record.wanted === 'down') void input.stops.stop('graceful').catch(() => undefined);
  else server.recovery.unexpectedExit(readExit(paths.exit) ?? {});
}

/** No game runs and no run is open: do what was wanted. */
function carryOn({ server, stops, files, log }: AdoptionInput, record: ServerRecord): void {
  if (record.failed) {
    server.resume('failed', record.failed.message);
    return;
  }
  if (record.wanted === 'down') {
    server.resume('crashed', 'a stop was not finished');
    void stops.stop('graceful').catch(() => undefined);
    return;
  }
  log.info({ event: 'server.start_resumed', serverId: files.serverId });
  void server.begin(record.start).catch(() => undefined);
}

function addEndedRun(files: ServerFiles, publisher: Publisher, run: string): void {
  const paths = files.paths.run(run);
  const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);
  publisher.addRun(run, readCheckpoint(paths.checkpoint), { console: sizeOf(paths.console), journal: sizeOf(paths.journal) }, true);
}

/** The end of this run has been written down: a crash, or a stop. */
function isClosed(journal: string): boolean {
  if (!existsSync(journal)) return true;
  return readJournal(journal).some(({ entry }) => ['crashed', 'crash_loop', 'stopped', 'start_failed'].includes(entry.type));
}

/** The funpack of a running game; undefined where it was removed meanwhile, which is no reason to touch the game. */
async function knownFunpack({ funpack }: ServerRecord, log: Logger): Promise<Funpack | undefined> {
  if (!funpack) return undefined;
  try {
    return await readFunpack(funpack.dir, funpack.digest);
  } catch (error) {
    log.error({ event: 'funpack.lost', dir: funpack.dir, error: error instanceof PinkyError ? error.message : String(error) });
    return undefined;
  }
}
