import {
  Dialect,
  expand,
  placeholdersOf,
  type Funpack,
  type LaunchContext,
  type LaunchSpec,
  type Order,
  type Placeholders,
} from '@pinky/funpack-runner/light';
import { deferred, PinkyError, type Clock, type FunpackManifest, type GameEvent, type Logger } from '@pinky/protocol';
import { makeFifos, StdinPipe } from '../launch/fifo.js';
import { GameProcess } from '../launch/game-process.js';
import type { ExitStatus } from '../launch/exit-status.js';
import { killRemains } from '../launch/remains.js';
import { readRunIdentity, type RunIdentity } from '../launch/run-identity.js';
import { spawnWrapper } from '../launch/wrapper.js';
import type { EventBatch } from '../publish/event-batch.js';
import { writeFileAtomic } from '../record/atomic-file.js';
import { runStart, type Checkpoint, type PlayerEntry } from '../record/checkpoint.js';
import { runDialogue, stopGame, type StopMode, type StopOrder } from '../stop/stop-game.js';
import { ConsoleWaits } from './console-waits.js';
import { RunLog } from './run-log.js';
import type { ServerFiles } from '../record/server-files.js';

export interface GameRunOptions {
  readonly files: ServerFiles;
  readonly box: string;
  readonly runId: string;
  readonly historyBytes: () => number;
  /** Where a predecessor had got to. */
  readonly from?: Checkpoint;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onEvent: (event: GameEvent, instance: GameRun) => void;
  readonly onLaunched: (instance: GameRun) => void;
  readonly onExit: (status: ExitStatus, instance: GameRun) => void;
  readonly offer: (batch: EventBatch) => void;
}

/** What a game is taken for whose funpack cannot be read any more: it still runs, and still obeys plain orders. */
const unknownGame: FunpackManifest = { name: 'unknown', version: '0' };

/** How long a game may leave a full stdin unread before an order to it fails, and between two tries. Milliseconds. */
const stdinPatienceMs = 5_000;
const stdinRetryMs = 50;

/** One run together with its game: launching or adopting it, talking to it, ending it. A run without a game is fine. */
export class GameRun {
  readonly run: RunLog;
  readonly waits = new ConsoleWaits();
  isReady: boolean;
  /** The game has announced its own end. */
  saidStopping = false;
  /** It is ended because it said nothing for too long. */
  wasSilent = false;
  #dialect: Dialect;
  #manifest: FunpackManifest = unknownGame;
  #placeholders: Placeholders = () => undefined;
  #game: GameProcess | undefined;
  #stdin: StdinPipe | undefined;
  readonly #exited = deferred<ExitStatus>();

  constructor(private readonly options: GameRunOptions) {
    const { files, from = runStart, runId, box, historyBytes, clock, log, offer } = options;
    this.isReady = from.isReady;
    this.#dialect = new Dialect(unknownGame, from.players);
    this.run = new RunLog({
      names: { serverId: files.serverId, box, run: runId },
      paths: files.paths.run(runId),
      logDir: files.paths.log,
      historyBytes,
      clock,
      log,
      from,
      offer,
      read: (line) => this.#dialect.read(line),
      snapshot: () => ({ isReady: this.isReady, players: this.players }),
      onEvent: (event) => this.#hear(event),
      onLine: (text) => this.waits.hearLine(text),
    });
  }

  get players(): readonly PlayerEntry[] {
    return this.#dialect.players;
  }

  /** Whose game it is, as far as it is known. */
  get manifest(): FunpackManifest {
    return this.#manifest;
  }

  get pid(): number | undefined {
    return this.#game?.pid;
  }

  get lives(): boolean {
    return this.#game !== undefined && !this.#game.hasEnded;
  }

  get exited(): Promise<ExitStatus> {
    return this.#exited.promise;
  }

  /** From here on lines are read in the funpack's dialect. */
  speaks(funpack: Funpack, context: LaunchContext): void {
    this.#manifest = funpack.manifest;
    this.#placeholders = placeholdersOf(funpack, context);
    this.#dialect = new Dialect(funpack.manifest, this.players, this.#placeholders);
  }

  /** Launches the game. Rejects where not even the wrapper could be started; then nothing runs. */
  async launch(spec: LaunchSpec): Promise<void> {
    const { paths } = this.options.files;
    this.#openStdin();
    this.#stdin?.drain();
    const game = GameProcess.awaitLaunch(this.#gameOptions());
    this.#game = game;
    const order = {
      run: this.run.paths,
      pidFile: paths.pidFile,
      pipeStdin: paths.pipeStdin,
      pipeAlive: paths.pipeAlive,
    };
    try {
      await spawnWrapper({ ...order, command: spec.command, cwd: spec.cwd, env: spec.env });
    } catch (error) {
      game.close();
      throw error;
    }
    this.#writeDialectSoon();
  }

  /** Takes over a game that a predecessor launched, and reads what it has said meanwhile. */
  adopt(identity: RunIdentity): void {
    this.#openStdin();
    this.#game = GameProcess.adopt(this.#gameOptions(), identity);
    this.run.follow();
  }

  /** Writes lines to the game's stdin. Throws `deadline_exceeded` where the game has not read any for a while. */
  async say(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      for (let waitedMs = 0; !this.#stdin?.writeLine(line); waitedMs += stdinRetryMs) {
        if (!this.lives) {
          throw new PinkyError('not_running', `server ${this.options.files.serverId}: the game has ended`);
        }
        if (waitedMs >= stdinPatienceMs) {
          throw new PinkyError(
            'deadline_exceeded',
            `server ${this.options.files.serverId}: the game does not read its stdin`,
          );
        }
        await this.options.clock.sleep(stdinRetryMs);
      }
    }
    this.run.expectAnswer();
  }

  /** The lines that mean an order to this game. Throws `unsupported`, `no_such_player`. */
  linesFor(order: Order): readonly string[] {
    const lines = this.#dialect.stdin(order);
    if (!lines) {
      throw new PinkyError(
        'unsupported',
        `server ${this.options.files.serverId}: funpack ${this.#manifest.name} has no ${order.type}`,
      );
    }
    return lines;
  }

  /** Ends the game and all that belongs to it; answers how it ended, nothing where none was running. */
  async stop(
    mode: StopMode,
    hurry: AbortSignal,
    onWait: StopOrder['onWait'] = () => undefined,
  ): Promise<ExitStatus | undefined> {
    const game = this.#game;
    if (!game) return undefined;
    if (game.hasEnded) {
      game.killRemains();
      return undefined;
    }
    const { clock, log } = this.options;
    await stopGame({
      ...this.#dialogue(game),
      manifest: this.#withStopLines(),
      clock,
      log,
      exited: this.#exited.promise,
      hurry,
      mode,
      isReady: this.isReady,
      onWait,
    });
    return game.hasEnded ? this.#exited.promise : undefined;
  }

  /** What a funpack wants said before a backup of a running game. */
  async beforeBackup(signal: AbortSignal): Promise<void> {
    if (this.#game && this.lives) {
      await runDialogue(this.#manifest.backup?.before ?? [], this.#dialogue(this.#game), signal);
    }
  }

  /** Signals the game's group; for a game that is to die and be launched again. */
  signal(signal: NodeJS.Signals): void {
    this.#game?.signal(signal);
  }

  /** Kills what is left of the group of a game that has ended: cheap, where nothing is. */
  clearGroup(): void {
    this.#game?.clearGroup();
  }

  /**
   * Kills everything that the runs before this one left behind, wherever it hid: a look at every process of the
   * machine.
   */
  clearOlderRemains(): void {
    const known = readRunIdentity(this.run.paths.identity);
    if (known) {
      killRemains({
        game: undefined,
        datafile: this.options.files.paths.datafile,
        wrapperPid: known.wrapperPid,
        bornBefore: known.game.startTime,
      });
    }
  }

  /** Ends the run, once its notes are on disk; a game that lives is not touched. */
  close(onWritten: () => void): void {
    this.#letGo();
    this.run.close(onWritten);
  }

  /** Lets go of everything at once, for a successor to go on. */
  abandon(): void {
    this.#letGo();
    this.run.abandon();
  }

  #letGo(): void {
    this.#game?.close();
    this.#stdin?.close();
    this.#stdin = undefined;
  }

  /** For a worker that reads this run's console when the funpack is gone. It can wait until the game is on its way. */
  #writeDialectSoon(): void {
    const { strip, console: rules } = this.#manifest;
    if (strip === undefined && rules === undefined) return;
    setImmediate(() => {
      try {
        writeFileAtomic(this.run.paths.dialect, JSON.stringify({ strip, console: rules }));
      } catch (error) {
        // the funpack is there most of the time
        this.options.log.warn({ event: 'dialect.unwritten', error: String(error) });
      }
    });
  }

  #hear(event: GameEvent): void {
    if (event.type === 'stopping') this.saidStopping = true;
    this.waits.hearEvent(event);
    this.options.onEvent(event, this);
  }

  #openStdin(): void {
    const { pipeStdin, pipeAlive } = this.options.files.paths;
    makeFifos([pipeStdin, pipeAlive]);
    this.#stdin = new StdinPipe(pipeStdin);
  }

  #gameOptions() {
    const { files, clock } = this.options;
    return {
      run: this.run.paths,
      pipeAlive: files.paths.pipeAlive,
      datafile: files.paths.datafile,
      clock,
      onLaunched: () => {
        this.options.onLaunched(this);
        this.run.follow(); // only now: whoever hears the game knows who it is
      },
      onExit: (status: ExitStatus) => {
        this.run.readToEnd(true); // whoever hears of the exit has heard everything that the game said
        this.#exited.resolve(status);
        this.options.onExit(status, this);
      },
    };
  }

  /** The stop dialogue in the game's own words: a funpack without one is told `stop` in its dialect. */
  #withStopLines(): FunpackManifest {
    if (this.#manifest.stop) return this.#manifest;
    return { ...this.#manifest, stop: (this.#dialect.stdin({ type: 'stop' }) ?? []).map((send) => ({ send })) };
  }

  #dialogue(game: GameProcess) {
    return {
      game,
      // the ladder comes next anyway
      say: (line: string) => void this.say([expand(line, this.#placeholders)]).catch(() => undefined),
      waitForLine: (pattern: RegExp, timeoutMs: number, signal: AbortSignal) =>
        this.waits.line(pattern, timeoutMs, signal),
    };
  }
}
