import type { Funpack } from '@pinky/funpack-runner/light';
import {
  funpackNameOf,
  plainNames,
  type BackupResult,
  type CommandResult,
  type ErrorAnswer,
  type ServerStatus,
} from '@pinky/protocol';
import type { ExitStatus } from '../launch/exit-status.js';
import type { BackupSchedule } from '../backup/backup-schedule.js';
import type { Prepared } from '../prepare/preparation.js';
import type { KeptRecord } from '../record/kept-record.js';
import { portsOf, worldMark, type ServerRecord } from '../record/server-record.js';
import type { Runs } from '../run/runs.js';
import type { ServerStateMachine } from './server-state.js';

export interface GameServerParts {
  readonly serverId: string;
  readonly state: ServerStateMachine;
  readonly record: KeptRecord;
  readonly runs: Runs;
  readonly schedule: BackupSchedule;
  readonly onChange: () => void;
}

/** Everything that is known of one game server. The flows change it; others ask for it. */
export class GameServer {
  readonly serverId: string;
  readonly state: ServerStateMachine;
  readonly record: KeptRecord;
  readonly runs: Runs;
  #prepared: Prepared | undefined;
  #isBackingUp = false;
  #backup: BackupResult | undefined;
  #lastEnd: ExitStatus | undefined;
  readonly #warnings = new Map<string, string>();

  constructor(private readonly parts: GameServerParts) {
    this.serverId = parts.serverId;
    this.state = parts.state;
    this.record = parts.record;
    this.runs = parts.runs;
  }

  /** The input of a launch, once it is known. */
  get prepared(): Prepared | undefined {
    return this.#prepared;
  }

  get funpack(): Funpack | undefined {
    return this.#prepared?.funpack;
  }

  /** Why the server is `failed`, if it is. */
  get failure(): ErrorAnswer | undefined {
    return this.record.now?.failed;
  }

  /**
   * Whether the world of this server outlives a stop. It does if the funpack cannot be read any more, or if a damaged
   * record does not name it.
   */
  get isPersistent(): boolean {
    const { funpack, record: { now: record } } = this;
    if (funpack) return funpack.manifest.persistent === true;
    return record?.funpack !== undefined || record?.hasWorld === true || record?.takenBack !== undefined;
  }

  /** Whether there is a world that is worth a backup: somebody may have played in it. */
  get hasWorld(): boolean {
    const record = this.record.now;
    return record?.hasWorld === true && !record.isWorldUnused;
  }

  /** The last backup that this process has written, with what it lacks. */
  get backup(): BackupResult | undefined {
    return this.#backup;
  }

  /** How the last game ended that has ended in this process. */
  get lastEnd(): ExitStatus | undefined {
    return this.#lastEnd;
  }

  noteEnd(status: ExitStatus): void {
    this.#lastEnd = status;
  }

  /** Something about the running game is not as it should be, by what it is. Undefined: it is all right again. */
  warn(warning: string | undefined, what: 'port' | 'query' | 'hang'): void {
    if (warning === this.#warnings.get(what)) return;
    if (warning === undefined) this.#warnings.delete(what);
    else this.#warnings.set(what, warning);
    this.parts.onChange();
  }

  get isBackingUp(): boolean {
    return this.#isBackingUp;
  }

  noteBackup(backup: BackupResult): void {
    this.#backup = backup;
  }

  prepare(prepared: Prepared): void {
    this.#prepared = prepared;
  }

  /** Nothing is asked of the server any more. */
  forget(): void {
    this.record.forget();
    this.#prepared = undefined;
  }

  markBackingUp(isBackingUp: boolean): void {
    this.#isBackingUp = isBackingUp;
    this.parts.onChange();
  }

  status(): ServerStatus {
    const { state, runs, record: { now: record } } = this;
    const run = runs.current;
    const next = state.next ?? this.#nextBackup;
    return {
      serverId: this.serverId,
      game: this.funpack?.manifest.name ?? record?.start.funpackId ?? funpackNameOf(record?.start.funpack.url ?? ''),
      state: state.now,
      wanted: record?.wanted ?? 'down',
      since: state.since,
      isBackingUp: this.#isBackingUp,
      restarts: record?.restarts ?? 0,
      players: run?.lives ? run.talk.players.map(({ name }) => name) : [],
      ...(run?.lives && run.talk.tellsPlayers === false && { arePlayersUnknown: true as const }),
      because: state.because,
      ...(record && { ...portsOf(record), ...startedWith(record, this.funpack) }),
      ...(this.#warnings.size > 0 && run?.lives && { warnings: [...this.#warnings.values()] }),
      ...(run?.lives && run.pid !== undefined && { pid: run.pid }),
      ...(run && { run: run.id }),
      ...(next && { next: next.what, ...(next.at !== undefined && { nextAt: next.at }) }),
    };
  }

  result(more: Partial<CommandResult> = {}): CommandResult {
    const { state, record: { now: record }, runs } = this;
    const isUp = state.now === 'up';
    const pid = runs.current?.pid;
    return {
      serverId: this.serverId,
      state: state.now,
      ...(isUp && record && { ...portsOf(record), ...movedFrom(record) }),
      ...(isUp && pid !== undefined && { pid }),
      ...more,
    };
  }

  get #nextBackup() {
    const { nextAt } = this.parts.schedule;
    return nextAt === undefined ? undefined : { what: 'a backup', at: nextAt };
  }
}

const movedFrom = ({ portWas }: ServerRecord) => (portWas === undefined ? {} : { portWas });

/** The queue compares this with the server's definition, and keeps it. */
function startedWith(
  record: ServerRecord,
  known: Funpack | undefined,
): Pick<ServerStatus, 'revision' | 'worldMark' | 'digest' | 'plainSettings'> {
  const { start: { revision, settings }, funpack } = record;
  const mark = worldMark(record);
  return {
    ...(revision !== undefined && { revision }),
    ...(mark !== undefined && { worldMark: mark }),
    ...(funpack && { digest: funpack.digest }),
    ...(known && { plainSettings: plainNames(settings, known.manifest.schema) }),
  };
}
