import type { BoxConfig, Clock, Logger, Message } from '@pinky/protocol';
import { runnerBackups } from './backup/backup-store.js';
import { Commands } from './commands/commands.js';
import { ProgressListeners } from './commands/progress-listeners.js';
import { ServerLife } from './life/server-life.js';
import { systemMachine } from './machine/system-machine.js';
import { PortPool } from './ports/port-pool.js';
import { prepareServer } from './prepare/preparation.js';
import { Publishing } from './publish/publishing.js';
import { RecordedAnswers } from './record/recorded-answers.js';
import { ServerFiles } from './record/server-files.js';

/** How much of the console may be unpublished if the configuration does not say, bytes. */
const usualLimitBytes = 256 * 1024 * 1024;

export interface ComposeInput {
  readonly serverId: string;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly log: Logger;
  /** Sends to the queue. False while there is none. */
  readonly send: (message: Message) => boolean;
  /** Something about the server has changed. */
  readonly onChange: () => void;
  /** All events have been published. */
  readonly onIdle: () => void;
}

/** The parts of a worker, apart from its connections. */
export interface WorkerParts {
  readonly files: ServerFiles;
  readonly publishing: Publishing;
  readonly life: ServerLife;
  readonly commands: Commands;
  readonly progress: ProgressListeners;
}

/** Puts the parts of a worker together. No other place knows all of them. */
export function compose({ serverId, config, clock, log, send, onChange, onIdle }: ComposeInput): WorkerParts {
  const files = new ServerFiles(serverId, config());
  const answers = new RecordedAnswers(files.box.answers(serverId));
  const progress = new ProgressListeners();
  const publishing: Publishing = new Publishing({
    files,
    box: () => config().box,
    limitBytes: () => config().events.unpublishedLimitBytes ?? usualLimitBytes,
    clock,
    log,
    send,
    liveRun: () => life.server.runs.current,
    onIdle,
    onNewerRun: (run) => answers.useRun(run),
  });
  const life: ServerLife = new ServerLife({
    config,
    files,
    machine: systemMachine,
    ports: new PortPool(files.box.ports, config().ports),
    prepare: prepareServer,
    store: runnerBackups,
    answers,
    sender: publishing.sender,
    published: (timeoutMs) => publishing.settled(timeoutMs),
    clock,
    random: Math.random,
    log,
    onChange,
    onProgress: progress.tell,
  });
  const { server, starts, stops, crashes, backups } = life;
  const commands = new Commands({
    server,
    starts,
    stops,
    crashes,
    backups,
    answers,
    clock,
    log,
  });
  return { files, publishing, life, commands, progress };
}
