import {
  readRememberedPorts,
  type BoxConfig,
  type Clock,
  type ErrorCode,
  type Logger,
  type Message,
} from '@pinky/protocol';
import { askGame } from '@pinky/funpack-runner/light';
import type { AfterWork } from './admission/after-work.js';
import { BackupTurns } from './admission/backup-turns.js';
import { runnableThreads } from './admission/cpu-stall.js';
import { LaunchAdmission } from './admission/launch-admission.js';
import { LaunchSlots } from './admission/launch-slots.js';
import { runnerBackups } from './backup/backup-store.js';
import { Commands, type CommandParts } from './commands/commands.js';
import { ProgressListeners } from './commands/progress-listeners.js';
import { historyBytesOf } from './console/archive.js';
import { machineStall } from './hang/starvation.js';
import { removeRun } from './life/removal.js';
import { ServerLife } from './life/server-life.js';
import { systemMachine } from './machine/system-machine.js';
import { PortPool } from './ports/port-pool.js';
import { portsOfRecord } from './ports/server-ports.js';
import { SharedLook } from './ports/shared-look.js';
import { prepareServer } from './prepare/preparation.js';
import { Publishing, type LiveRun } from './publish/publishing.js';
import { RecordedAnswers } from './record/recorded-answers.js';
import { ServerFiles } from './record/server-files.js';
import type { ServerRecord } from './record/server-record.js';
import type { AskQueue } from './settings/settings-teller.js';

/** How much of the console may be unpublished if the configuration does not say, bytes. */
const usualLimitBytes = 256 * 1024 * 1024;

export interface ComposeInput {
  readonly serverId: string;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly afterWork: AfterWork;
  readonly log: Logger;
  /** Sends to the queue. False while there is none. */
  readonly send: (message: Message) => boolean;
  /** Something about the server has changed. */
  readonly onChange: () => void;
  /** Asks the queue something. Rejects while there is none. */
  readonly askQueue: AskQueue;
  /** All events have been published. */
  readonly onIdle: () => void;
  /** The server is to stay down until it is started again; `because` says why Pinky gave it up. */
  readonly onStaysDown: (because?: ErrorCode) => void;
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
export function compose(input: ComposeInput): WorkerParts {
  const { serverId, config, clock, afterWork, log } = input;
  const files = new ServerFiles(serverId, config(), () => historyBytesOf(config()));
  const answers = new RecordedAnswers(files.box.answers(serverId));
  const progress = new ProgressListeners();
  const publishing = publishingOf(input, { files, answers, liveRun: () => life.server.runs.current });
  const life: ServerLife = new ServerLife({
    config,
    files,
    machine: systemMachine,
    ports: portPoolOf(input, files, () => life.server.record.now),
    admission: new LaunchAdmission({
      slots: new LaunchSlots(files.box.launches, serverId),
      atOnce: () => config().launches?.atOnce ?? 0,
      runnable: runnableThreads,
      clock,
      log,
    }),
    turns: new BackupTurns({ slots: new LaunchSlots(files.box.runners, serverId), clock, log }),
    stallMs: machineStall,
    prepare: prepareServer,
    store: runnerBackups,
    answers,
    sender: publishing.sender,
    askQueue: input.askQueue,
    askGame: (question, signal) => askGame(question, { signal, clock }),
    published: (timeoutMs) => publishing.settled(timeoutMs),
    clock,
    afterWork,
    random: Math.random,
    log,
    onChange: input.onChange,
    onStaysDown: input.onStaysDown,
    onProgress: progress.tell,
  });
  return { files, publishing, life, commands: commandsOf(life, { answers, clock, log }), progress };
}

function portPoolOf(
  { config, clock }: ComposeInput,
  files: ServerFiles,
  record: () => ServerRecord | undefined,
): PortPool {
  return new PortPool(files.box.ports, config().ports, {
    remembered: () => readRememberedPorts(config().home),
    recorded: () => portsOfRecord(record()),
    look: new SharedLook(files.box.portsInUse, clock),
  });
}

interface PublishingParts {
  readonly files: ServerFiles;
  readonly answers: RecordedAnswers;
  readonly liveRun: () => LiveRun | undefined;
}

function publishingOf(
  { config, clock, afterWork, log, send, onIdle }: ComposeInput,
  { files, answers, liveRun }: PublishingParts,
): Publishing {
  return new Publishing({
    files,
    box: () => config().box,
    limitBytes: () => config().events.unpublishedLimitBytes ?? usualLimitBytes,
    clock,
    later: afterWork,
    log,
    send,
    liveRun,
    onIdle,
    onPublished: (run) => removeRun(files, systemMachine, run),
    onNewerRun: (run) => answers.useRun(run),
  });
}

function commandsOf(
  { server, starts, stops, crashes, backups }: ServerLife,
  given: Pick<CommandParts, 'answers' | 'clock' | 'log'>,
): Commands {
  return new Commands({
    server,
    starts,
    stops,
    crashes,
    backups,
    ...given,
  });
}
