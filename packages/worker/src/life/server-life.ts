import { PinkyError, type GameEvent, type ServerState } from '@pinky/protocol';
import { StartPatience } from '../admission/start-patience.js';
import { BackupSchedule } from '../backup/backup-schedule.js';
import { Backups } from '../backup/backups.js';
import { HangWatch } from '../hang/hang-watch.js';
import { confinementOf } from '../launch/confinement.js';
import type { ExitStatus } from '../launch/exit-status.js';
import { readRunIdentity } from '../launch/run-identity.js';
import { UnsavedWorlds } from '../park/unsaved-worlds.js';
import { WorldParking } from '../park/world-parking.js';
import { StartPreparation } from '../prepare/start-preparation.js';
import { ListenWatch } from '../ports/listen-watch.js';
import type { ServerLifeOptions } from '../life-options.js';
import { GameQuery } from '../query/game-query.js';
import { KeptRecord } from '../record/kept-record.js';
import { portsOf, type ServerRecord } from '../record/server-record.js';
import type { GameRun } from '../run/game-run.js';
import { Runs } from '../run/runs.js';
import { LiveSettings } from '../settings/live-settings.js';
import { reactionTo, type ExitReaction } from '../stop/exit-reaction.js';
import { Standbys } from '../standby/standbys.js';
import { CrashCounter } from './crash-counter.js';
import { CrashFlow } from './crash-flow.js';
import { FinalBackup } from '../park/final-backup.js';
import { GameServer } from './game-server.js';
import { OldRemains } from './old-remains.js';
import { Removal } from './removal.js';
import { ServerStateMachine } from './server-state.js';
import { StartFlow } from './start-flow.js';
import { StopFlow } from './stop-flow.js';
import { endedBecause, endedItself, notReady } from './why-unheard.js';
import { Watchdog } from './watchdog.js';

/** In these states, a server may have one of the box's slots for launches. */
const isLaunching: ReadonlySet<ServerState> = new Set<ServerState>(['preparing', 'starting']);

const changesPlayers: ReadonlySet<GameEvent['type']> = new Set([
  'player_connected',
  'player_disconnected',
  'player_renamed',
  'players_list',
]);

/**
 * The life of one game server: puts the three flows together, and hands the game's actions to the flow that has the
 * server. No flow knows this class. The crash flow knows the start flow, the stop flow knows both, and the start flow
 * knows neither.
 */
export class ServerLife {
  readonly server: GameServer;
  readonly starts: StartFlow;
  readonly crashes: CrashFlow;
  readonly stops: StopFlow;
  readonly backups: Backups;
  readonly parking: WorldParking;
  readonly settings: LiveSettings;
  readonly query: GameQuery;
  readonly hang: HangWatch;
  readonly #watchdog: Watchdog;
  readonly #schedule: BackupSchedule;
  readonly #oldRemains: OldRemains;
  readonly #listening: ListenWatch;
  readonly #patience: StartPatience;
  readonly #standbys: Standbys;

  constructor(private readonly options: ServerLifeOptions) {
    const { clock, config, random } = options;
    const watchdog = new Watchdog(clock, () => this.#overdue());
    const standbys = this.#standbys = new Standbys({ ...options, server: () => this.server });
    const schedule = new BackupSchedule(clock);
    const server = this.#gameServer(schedule);
    const crashes = new CrashCounter({ config, clock, random });
    const oldRemains = new OldRemains({ ...options, runs: server.runs });
    const patience = new StartPatience(clock, () => options.stallMs('cpu'));
    const parking = new WorldParking(options);
    const parts = { ...options, server, watchdog, schedule, crashes, oldRemains, patience, parking, standbys };
    this.#patience = patience;
    this.server = server;
    this.parking = parking;
    this.settings = new LiveSettings(parts);
    this.query = new GameQuery({ ...parts, ask: options.askGame });
    this.hang = new HangWatch({ ...parts, query: this.query, onHang: () => config().game?.onHang ?? 'funpack' });
    this.#watchdog = watchdog;
    this.#schedule = schedule;
    this.#oldRemains = oldRemains;
    this.#listening = new ListenWatch(clock, server);
    this.starts = new StartFlow({
      ...parts,
      preparation: new StartPreparation(parts),
      confinement: (start) => confinementOf(config(), options.files.serverId, start),
    });
    this.crashes = new CrashFlow({ ...parts, starts: this.starts, clearRemains: () => this.clearRemains() });
    this.backups = new Backups(parts);
    this.stops = new StopFlow({
      ...parts,
      starts: this.starts,
      crashes: this.crashes,
      backups: this.backups,
      finalBackup: new FinalBackup({ ...parts, backups: this.backups }),
      unsaved: new UnsavedWorlds(parts),
      removal: new Removal(parts),
    });
  }

  /** The game is up: watches it, and plans its backups. */
  up(): void {
    this.starts.up();
    this.backups.settle();
    this.backups.schedule();
    this.#watchdog.stop();
    const { runs: { current: run }, record, funpack } = this.server;
    if (run && record.now && funpack && funpack.manifest.listens !== false) {
      this.#listening.watch(run, record.now.port);
    }
    if (run) {
      this.query.watch(run);
      this.hang.watch(run);
      this.#standbys.watch(run);
    }
    run?.dialogues.poll();
    void this.#greet();
    void this.settings.again();
  }

  /** The game ended while no worker was there. If it is launched again, it waits for its turn. */
  endedMeanwhile(status: ExitStatus): void {
    this.crashes.comesBack();
    this.exited(status);
  }

  /** The game is gone. Was that meant? With an error, it could not even be launched. */
  exited(status: ExitStatus, launchError?: unknown): void {
    const { state } = this.server;
    this.server.noteEnd(status);
    this.#stopWatching();
    if (state.flow === 'stop') return; // the stop waits for the exit itself
    this.#react(status, launchError);
    if (state.now !== 'starting') this.options.afterWork.letGo(); // nothing was launched in this turn
  }

  #react(status: ExitStatus, launchError: unknown): void {
    const reaction = this.#reactionTo(status);
    if (reaction === 'restart' || reaction === 'again') {
      return this.crashes.exited(status, { isMeant: reaction === 'again', launchError });
    }
    if (reaction === 'fail') return this.stops.endUnready(endedItself(this.server.serverId, status));
    this.staysDown();
    const because = endedBecause(status, this.server.runs.current?.saidStopping === true);
    this.stops.stop('graceful', false, because).catch(() => undefined); // a failure is told as an event
  }

  #reactionTo(status: ExitStatus): ExitReaction {
    const { state, runs: { current: run }, record, funpack } = this.server;
    return reactionTo(status, {
      isUp: state.now === 'up',
      isAnnounced: run?.saidStopping === true,
      wasEnded: run?.endedFor !== undefined,
      ownRules: record.now?.start.onExit,
      funpackRules: funpack?.manifest.onExit,
    });
  }

  /** The stop of this server is not part of the box's end: it is not to come back by itself. */
  staysDown(): void {
    this.server.record.tryChange({ staysDown: true });
    this.options.onStaysDown();
  }

  /** Kills every process of this server, wherever it hides. Call it only while no game runs that is to live. */
  clearRemains(): void {
    const { machine, files } = this.options;
    const last = files.runs().at(-1);
    const identity = last === undefined ? undefined : readRunIdentity(files.paths.run(last).identity);
    machine.removeCgroup(identity?.cgroups ?? []);
    machine.killRemains({ game: undefined, datafile: files.paths.datafile, wrapperPid: undefined });
  }

  /** The box has another configuration. Other parts ask for it each time. */
  reconfigured(): void {
    const { runs: { current: run }, state } = this.server;
    this.#schedule.reconsider();
    if (run && state.now === 'up') this.#standbys.watch(run); // anew: it has inherited what was configured before
    else this.#standbys.drop();
  }

  /** Lets go of everything. The game lives on. */
  leave(): void {
    this.#stopWatching();
    this.#standbys.drop();
    this.settings.leave();
    this.starts.leave();
    this.crashes.cancel();
    this.server.runs.current?.abandon();
  }

  #stopWatching(): void {
    this.#listening.stop();
    this.query.stop();
    this.hang.stop();
  }

  #gameServer(schedule: BackupSchedule): GameServer {
    const { files, clock, log, onChange, admission } = this.options;
    const { serverId } = files;
    const record = new KeptRecord(files, log);
    const state: ServerStateMachine = new ServerStateMachine({ serverId, clock, log, onChange: () => {
      if (!isLaunching.has(state.now)) admission.done();
      this.#standbys.stateIs(state.now);
      onChange();
    } });
    const runs = new Runs({
      ...this.options,
      confinement: () => record.now?.confinement,
      onEvent: (event) => this.#hear(event),
      onLaunched: (run, pid) => this.#launched(run, pid),
      onEnding: () => { if (state.flow !== 'stop') this.options.afterWork.hold(); },
      onExit: (status, launchError) => this.exited(status, launchError),
    });
    return new GameServer({ serverId, state, record, runs, schedule, onChange });
  }

  #launched(run: GameRun, pid: number): void {
    const { record } = this.server;
    const { afterWork, onChange } = this.options;
    if (record.now) run.runLog.note('launched', { pid, ...portsOf(record.now) });
    this.#oldRemains.launched();
    if (record.now?.isPrepared === false) afterWork.soon(() => record.tryChange(this.#preparedHere));
    afterWork.launched();
    onChange();
  }

  get #preparedHere(): Partial<ServerRecord> {
    const preparedIn = this.server.prepared?.context.workingDir;
    return { isPrepared: true, ...(preparedIn !== undefined && { preparedIn }) };
  }

  #hear(event: GameEvent): void {
    const { type } = event;
    const { record, state } = this.server;
    if (type === 'started' || type === 'player_connected') record.keepWorld();
    // A game that is being ended because it was late may still say it. That changes nothing.
    const counts = type === 'started' && state.flow !== 'stop';
    if (counts && state.apply('started', 'the game said that it is ready')) this.#started();
    if (type === 'fatal_error' && state.now === 'starting' && state.flow !== 'stop') this.#unable(event);
    if (type === 'settings_changed') this.settings.announced(event);
    if (changesPlayers.has(type)) this.options.onChange();
  }

  #started(): void {
    const { record, runs, state } = this.server;
    const { afterWork } = this.options;
    const run = runs.current;
    const since = { run: run?.id ?? '', since: state.since };
    afterWork.soon(() => { if (run === runs.current && state.now === 'up') record.tryChange({ up: since }); });
    this.up();
  }

  /** Says what the funpack wants said to a game that is up, once in a run. A worker that dies over it says it again. */
  async #greet(): Promise<void> {
    const { record, runs: { current: run }, funpack } = this.server;
    const isDue = run && (funpack?.manifest.afterStarted ?? []).length > 0 && record.now?.greeted !== run.id;
    if (isDue && (await run.dialogues.greet())) record.tryChange({ greeted: run.id });
  }

  /** The game has said that it cannot start. It would not get ready, so nobody waits for that. */
  #unable(event: GameEvent): void {
    const { runs, serverId } = this.server;
    const message = typeof event['message'] === 'string' ? event['message'] : 'no reason';
    const said = runs.current?.talk.secrets.mask.text(message) ?? message;
    this.options.log.warn({ event: 'server.unable', serverId, because: said });
    if (this.starts.current) {
      this.stops.endUnready(new PinkyError('fatal_error', `server ${serverId}: the game cannot start: ${said}`));
    } else runs.current?.endFor(`it had said fatal_error: ${said}`); // it was up before, so this is a crash
  }

  /** The game did not get ready in time. */
  #overdue(): void {
    const { state, runs, serverId } = this.server;
    const run = runs.current;
    if (!run || state.flow === 'stop') return;
    // This process may have stood still (SIGSTOP, a busy machine) while the game spoke. That counts.
    run.runLog.readToEnd(false);
    if (state.now !== 'starting') return;
    if (this.#patience.extend()) return this.starts.watchOn();
    this.options.log.warn({ event: 'server.not_ready', serverId });
    this.stops.endUnready(notReady(this.server));
  }
}
