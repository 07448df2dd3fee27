import type { MadeCgroup, MemoryFigures } from '@pinky/jail';
import type { Clock, OwnWarning } from '@pinky/protocol';
import { cgroupPath, otherCgroupPath, type Confinement } from '../launch/confinement.js';
import type { ExitStatus } from '../launch/exit-status.js';
import type { NextLaunch } from '../launch/wrapper.js';
import type { Game, Machine } from '../machine/machine.js';
import type { ServerFiles } from '../record/server-files.js';
import type { Noted } from '../run/noted.js';
import { MemoryWatch } from './memory-watch.js';

export interface RunLimitsOptions {
  readonly files: ServerFiles;
  readonly machine: Pick<Machine, 'makeCgroup'>;
  readonly clock: Clock;
  /** How a game that is launched now is confined. */
  readonly confinement: () => Confinement | undefined;
  readonly game: () => Game | undefined;
  readonly noted: Pick<Noted, 'isFirst'>;
  readonly warn: (warning: OwnWarning) => void;
}

/** The part of a launch that its limits say. */
export type LaunchLimits = Pick<NextLaunch, 'oomScore' | 'cgroups' | 'mostFiles'>;

/** The limits of one run: sets them for its launch, and tells of those that are missing, near or exceeded. */
export class RunLimits {
  readonly #memory: MemoryWatch;
  #made: MadeCgroup = { folders: [], missing: [] };
  #isEnding = false;

  constructor(private readonly options: RunLimitsOptions) {
    const { clock, game } = options;
    this.#memory = new MemoryWatch({
      clock,
      figures: () => game()?.memory,
      onNearLimit: (figures) => this.#warn(nearLimit(figures)),
    });
  }

  /** Makes the cgroup of this run's launch, unless it is there for it already. */
  prepare(ahead?: MadeCgroup): LaunchLimits {
    const { files: { box, serverId } } = this.options;
    this.#made = ahead ?? this.#make(cgroupPath(box.home, serverId));
    return this.#orderIn(this.#made);
  }

  /** Makes the cgroup of the next run's launch, beside that in which this run's game is. */
  prepareNext(): { readonly cgroup: MadeCgroup; readonly limits: LaunchLimits } {
    const { files: { box, serverId } } = this.options;
    const other = otherCgroupPath(box.home, serverId);
    const isInOther = this.#joined.some((folder) => folder.endsWith(`/${other}`));
    const cgroup = this.#make(isInOther ? cgroupPath(box.home, serverId) : other);
    return { cgroup, limits: this.#orderIn(cgroup) };
  }

  #make(path: string): MadeCgroup {
    const { machine, confinement } = this.options;
    const limits = confinement()?.limits;
    return limits ? machine.makeCgroup({ path, limits }) : { folders: [], missing: [] };
  }

  #orderIn({ folders }: MadeCgroup): LaunchLimits {
    const limits = this.options.confinement()?.limits;
    if (!limits) return {};
    const { oomScore, openFiles } = limits;
    return {
      cgroups: folders,
      ...(oomScore !== undefined && { oomScore }),
      ...(openFiles !== undefined && { mostFiles: openFiles }),
    };
  }

  /** The game runs, within what could be had. */
  launched(): void {
    this.watch();
    const { folders, missing } = this.#made;
    const out = folders.filter((folder) => !this.#joined.includes(folder));
    if (missing.length + out.length > 0) this.#warn(limitsMissing(missing, out));
    const { notIsolated: because, isolation } = this.options.confinement() ?? {};
    const how = isolation ? 'has a user of its own, and no view of its own' : 'runs as Pinky itself';
    if (because !== undefined) this.#warn({ kind: 'not_isolated', message: `the game ${how}: ${because}` });
  }

  /** Whether a cgroup tells what belongs to the game. */
  get isInCgroup(): boolean {
    return this.#joined.length > 0;
  }

  get #joined(): readonly string[] {
    return this.options.game()?.cgroups ?? [];
  }

  watch(): void {
    this.#memory.start();
  }

  stop(): void {
    void this.#memory.stop();
  }

  /** From now on the game's end is our doing. */
  end(): void {
    this.#isEnding = true;
  }

  /** How the game ended, with the reason if that was its memory. */
  verdict(status: ExitStatus): ExitStatus {
    this.stop();
    return { ...status, ...(!this.#isEnding && this.#memory.verdict(status)) };
  }

  /** A warning of each kind comes once in a run. */
  #warn(warning: OwnWarning): void {
    if (this.options.noted.isFirst(warning.kind)) this.options.warn(warning);
  }
}

/** The limits as people know them. */
const words = {
  memoryBytes: 'memory',
  processes: 'processes',
  cpuWeight: 'cpu weight',
  cpuQuotaPercent: 'cpu quota',
  oomScore: 'oom score',
  openFiles: 'open files',
} as const;

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

/** The warning about a game that has used most of the memory that it may. */
const nearLimit = ({ usedBytes, limitBytes = 0 }: MemoryFigures): OwnWarning => ({
  kind: 'memory_near_limit',
  used: usedBytes,
  limit: limitBytes,
  message: `the game uses ${megabytes(usedBytes)} MiB of the ${megabytes(limitBytes)} that it may`,
});

/** The warning about limits that this machine does not keep. */
const limitsMissing = (missing: MadeCgroup['missing'], notJoined: readonly string[]): OwnWarning => ({
  kind: 'limits_missing',
  limits: missing.map(({ limit }) => words[limit]),
  message: `the game runs without some of its limits: ${[
    ...missing.map(({ limit, because }) => `${words[limit]} (${because})`),
    ...notJoined.map((folder) => `it could not join ${folder}`),
  ].join(', ')}`,
});
