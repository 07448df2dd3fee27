import type { Funpack, LaunchContext, LaunchSpec } from '@pinky/funpack-runner/light';
import { deferred, type GameEvent, type OwnWarning } from '@pinky/protocol';
import type { Reply } from '../channel/channel.js';
import type { ExitStatus } from '../launch/exit-status.js';
import type { RunIdentity } from '../launch/run-identity.js';
import type { Game, GameListener } from '../machine/machine.js';
import { runStart } from '../record/checkpoint.js';
import { writeDialect } from '../record/dialect-file.js';
import { stopGame, type StopMode, type StopOrder, type StopStep } from '../stop/stop-game.js';
import { giveStdio } from '../launch/isolate.js';
import { Dialogues } from './dialogues.js';
import type { GameRunOptions } from './game-run-options.js';
import { GameTalk } from './game-talk.js';
import { gameHasEnded, Noted } from './noted.js';
import { askForPlayers } from './poll.js';
import { nextLaunch, type LaunchAhead } from '../standby/next-launch.js';
import { RunLimits } from '../limits/run-limits.js';
import { RunLog } from './run-log.js';

/** The end of a game that was stopped. */
export interface StoppedGame extends ExitStatus {
  readonly step?: StopStep;
}

/** One run with its game: launches or adopts the game, and ends it. A run may have no game. */
export class GameRun {
  readonly runLog: RunLog;
  readonly talk: GameTalk;
  #isReady: boolean;
  #hadPlayers = false;
  #saidStopping = false;
  #endedFor: string | undefined;
  #end: ExitStatus | undefined;
  #game: Game | undefined;
  readonly #noted: Noted;
  readonly #exited = deferred<ExitStatus>();
  readonly dialogues: Dialogues;
  readonly limits: RunLimits;

  constructor(private readonly options: GameRunOptions<GameRun>) {
    const { files, machine, from = runStart, runId, box, historyBytes, clock, log, offer } = options;
    this.#isReady = from.isReady;
    this.#noted = new Noted(options.noted);
    const { serverId } = files;
    this.talk = new GameTalk({ serverId, clock, from, isAlive: () => this.lives });
    this.dialogues = new Dialogues({
      clock,
      ask: (line) => askForPlayers(this, line),
      gather: () => this.runLog.lastLines.gather(),
      manifest: () => this.talk.manifest,
      partner: () => (this.#game && this.lives ? this.#dialogue(this.#game) : undefined),
    });
    const warn = (fields: OwnWarning): void => this.runLog.note('warning', fields);
    this.limits = new RunLimits({ ...options, game: () => this.#game, noted: this.#noted, warn });
    this.runLog = new RunLog({
      names: { serverId, box, run: runId },
      paths: files.paths.run(runId),
      logDir: files.paths.log,
      keptDir: files.history.consoleDir,
      historyBytes,
      clock,
      log,
      from,
      offer,
      follow: (following) => machine.follow(following),
      isAwaited: () => !this.#isReady || this.talk.waits.areOpen,
      decode: (bytes, from, to) => this.talk.encoding.decode(bytes, from, to),
      read: (line) => this.talk.read(line),
      recall: (entry) => this.talk.recall(entry),
      secrets: () => this.talk.secrets,
      snapshot: () => ({ isReady: this.#isReady, ...this.talk.state }),
      onEvent: (event) => this.#hear(event),
      onFault: (fault) => {
        const warning = this.#noted.warningOf(fault);
        if (warning) warn(warning);
      },
      onLine: (text) => this.talk.hearLine(text),
    });
  }

  get id(): string {
    return this.runLog.id;
  }

  get pid(): number | undefined {
    return this.#game?.pid;
  }

  get lives(): boolean {
    return this.#game !== undefined && !this.#game.hasEnded;
  }

  /** The game, for those who look at its ports. */
  get sockets(): Pick<Game, 'binds' | 'boundPorts'> | undefined { return this.#game; }

  /** The game, for those who look whether it hangs, and for those who clear away what the one before has left. */
  get vitals(): Pick<Game, 'cpuMs' | 'launchedAt' | 'stallMs' | 'threads'> | undefined { return this.#game; }

  /** Takes in the names of those who play, which came on another way than the console. */
  takePlayers(names: readonly string[]): void {
    for (const { type, ...fields } of this.talk.takeNames(names)) this.runLog.note(type, fields);
  }

  /** Notes a warning of this kind, once in a run. */
  warn(warning: OwnWarning): void {
    if (this.#noted.isFirst(warning.kind)) this.runLog.note('warning', warning);
  }

  /** The game has announced its own end. */
  get saidStopping(): boolean {
    return this.#saidStopping;
  }

  /** How the game ended. Undefined while it lives, and once the run is closed. */
  get end(): ExitStatus | undefined {
    return this.runLog.isClosed ? undefined : this.#end;
  }

  /** Why we ended it ourselves, if we did and no stop was asked for. */
  get endedFor(): string | undefined {
    return this.#endedFor;
  }

  /** From now on, lines are read in the funpack's dialect. */
  speak(funpack: Funpack, context: LaunchContext): void {
    this.talk.speak(funpack, context);
  }

  /** Launches the game, by a standby if one fits. Rejects if no wrapper could be started; then nothing runs. */
  async launch(spec: LaunchSpec, ahead?: LaunchAhead): Promise<void> {
    const { files, machine, confinement, later, log } = this.options;
    const { paths: run } = this.runLog;
    const stdin = this.#openStdin();
    stdin.drain();
    this.talk.makeReady();
    giveStdio(confinement()?.isolation, files, run.console);
    const order = { run, ...nextLaunch(this.options, spec, this.limits.prepare(ahead?.cgroup)) };
    const { game, launched } = machine.launch(this.#listener(), order, ahead?.standby);
    this.#game = game;
    await launched;
    later.soon(() => writeDialect(run, this.talk, log)); // the game comes first
  }

  /** Starts the next run's wrapper ahead. Throws if that is not possible. */
  standBy(spec: LaunchSpec): LaunchAhead {
    const { cgroup, limits } = this.limits.prepareNext();
    return { cgroup, standby: this.options.machine.standBy(nextLaunch(this.options, spec, limits)) };
  }

  /** Takes over a game that another worker launched, and reads what it has said meanwhile. */
  adopt(identity: RunIdentity): void {
    this.#openStdin(identity.game.pid);
    this.#game = this.options.machine.adopt(this.#listener(), identity);
    this.limits.watch();
    this.runLog.follow();
  }

  /** Whether somebody was connected when the game ended. */
  get hadPlayers(): boolean {
    return this.#hadPlayers;
  }

  /** Reads the last words of a game that has ended. Nobody is connected any more. */
  hearOut(end: ExitStatus): void {
    this.#end = end;
    this.runLog.readToEnd(true);
    const players = this.talk.leaveAll();
    this.#hadPlayers ||= players.length > 0;
    for (const { name, id } of players) {
      if (this.#noted.hasLeft(name)) continue;
      const player = { user: name, ...(id !== undefined && { user_id: id }) };
      this.runLog.note('player_disconnected', { ...player, because: gameHasEnded });
    }
  }

  /** Says lines to the game. Throws as `GameTalk.say` does. */
  async say(lines: readonly string[]): Promise<Reply> {
    const reply = await this.talk.say(lines);
    this.runLog.expectAnswer();
    return reply;
  }

  /**
   * Ends the game and everything that belongs to it. Answers how it ended, and the step that it obeyed; undefined if
   * none was running.
   */
  async stop(
    mode: StopMode,
    { hurry, force }: Pick<StopOrder, 'hurry' | 'force'>,
    onWait: StopOrder['onWait'] = () => undefined,
  ): Promise<StoppedGame | undefined> {
    const game = this.#game;
    this.dialogues.end();
    this.limits.end();
    if (!game) return undefined;
    if (game.hasEnded) {
      game.killRemains();
      return undefined;
    }
    const { clock, log } = this.options;
    const step = await stopGame({
      ...this.#dialogue(game),
      manifest: this.talk.manifestWithStop,
      clock,
      log,
      exited: this.#exited.promise,
      hurry,
      ...(force && { force }),
      mode,
      isReady: this.#isReady,
      onWait,
    });
    return game.hasEnded ? { ...(await this.#exited.promise), ...(step && { step }) } : undefined;
  }

  /** It will be ended for this, and is asked to tell what it does before. */
  endsFor(because: string): void {
    this.#endedFor = because;
    this.limits.end();
  }

  /** Kills a game that is of no use any more. That counts as a crash. */
  endFor(because: string): void {
    this.endsFor(because);
    this.#game?.signal('SIGKILL');
  }

  /** Kills the rest of the group of a game that has ended. Cheap if there is none. */
  clearGroup(): void {
    this.#game?.clearGroup();
  }

  /** Ends the run. Calls `onWritten` once its notes are on disk. A game that lives is not touched. */
  close(onWritten: () => void): void {
    this.#letGo();
    this.runLog.close(onWritten);
  }

  /** Lets go of everything at once, for the next worker. */
  abandon(): void {
    this.#letGo();
    this.runLog.abandon();
  }

  #letGo(): void {
    this.dialogues.end();
    this.limits.stop();
    this.#game?.close();
    this.talk.close();
  }

  #hear(event: GameEvent): void {
    if (event.type === 'started') this.#isReady = true;
    if (event.type === 'stopping') this.#saidStopping = true;
    this.talk.waits.hearEvent(event);
    this.options.onEvent(event, this);
  }

  #openStdin(reader?: number) {
    const { files: { paths }, machine } = this.options;
    machine.makeFifos([paths.pipeStdin, paths.pipeAlive]);
    const stdin = machine.openStdin(paths.pipeStdin, reader);
    this.talk.open(stdin);
    return stdin;
  }

  #listener(): GameListener {
    const { files, clock } = this.options;
    return {
      run: this.runLog.paths,
      pipeAlive: files.paths.pipeAlive,
      datafile: files.paths.datafile,
      clock,
      onLaunched: ({ pid }) => {
        this.options.onLaunched(this, pid);
        this.runLog.follow(); // only now: when the game is heard, its pid is known
        this.limits.launched();
      },
      onExit: (status, launchError) => {
        this.options.onEnding(this);
        this.hearOut(status); // everything that the game said comes before its exit
        const whole = this.limits.verdict(status);
        this.#exited.resolve(whole);
        this.options.onExit(whole, this, launchError);
      },
    };
  }

  #dialogue(game: Game) {
    return {
      game,
      // if it fails, the ladder comes next
      say: (line: string) => void this.say([this.talk.expanded(line)]).catch(() => undefined),
      waitForLine: (pattern: RegExp, timeoutMs: number, signal: AbortSignal) =>
        this.talk.waits.line(pattern, timeoutMs, signal),
    };
  }
}
