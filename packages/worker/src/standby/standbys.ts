import { statSync } from 'node:fs';
import { launchSpec } from '@pinky/funpack-runner/light';
import type { BoxConfig, Clock, Logger, ServerState } from '@pinky/protocol';
import { StallMeter } from '../admission/cpu-stall.js';
import type { StallTotal } from '../hang/starvation.js';
import type { GameServer } from '../life/game-server.js';
import type { GameRun } from '../run/game-run.js';
import type { LaunchAhead } from './next-launch.js';

/** How long a game has been up before its standby is made, milliseconds: nothing of its start is in the way then. */
const calmMs = 700;
/** From this share of that time on, the machine has no processor to spare: others are starting, say. */
const starvedShare = 0.25;
/** How often such a machine is waited for: longer than a hundred starts take. One that is always so gains most. */
const mostWaits = 8;

/** In these states of the server, the next launch is one of the same game in the same place. */
const isOfUse: ReadonlySet<ServerState> = new Set<ServerState>(['starting', 'up', 'crashed']);

export interface StandbysParts {
  readonly server: () => GameServer;
  readonly config: () => Pick<BoxConfig, 'worker'>;
  readonly stallMs: StallTotal;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The standby of a server: the wrapper of the next run, started ahead, so that a crash is followed by a launch that has
 * little to do. There is at most one, while the game is up. Everything that could make the next launch another one ends
 * it; and whether it still fits is looked at once more when it is used.
 */
export class Standbys {
  #ahead: { readonly launch: LaunchAhead; readonly funpack: string } | undefined;
  #calm = new AbortController();
  #ending: Promise<unknown> = Promise.resolve();

  constructor(private readonly parts: StandbysParts) {}

  /** The game is up. Makes a standby once it is calm. */
  watch(run: GameRun): void {
    this.drop();
    if (this.parts.config().worker.hasStandby !== true) return;
    this.#calm = new AbortController();
    void this.#makeOnceCalm(run, this.#calm.signal);
  }

  /** The standby for a launch now, if there is one that is of use. It belongs to the caller. */
  take(): LaunchAhead | undefined {
    const { prepared } = this.parts.server();
    if (this.#ahead && prepared && placeOf(prepared.funpack.dir) !== this.#ahead.funpack) this.drop();
    const launch = this.#ahead?.launch;
    this.#forget();
    return launch;
  }

  /** The server has another state. */
  stateIs(state: ServerState): void {
    if (!isOfUse.has(state)) this.drop();
  }

  /** The next launch is another one, or another worker's. */
  drop(): void {
    const standby = this.#ahead?.launch.standby;
    this.#forget();
    if (standby) this.#ending = Promise.all([this.#ending, standby.end()]);
  }

  /** Resolves when nothing is left of those that were dropped. */
  get gone(): Promise<unknown> {
    return this.#ending;
  }

  #forget(): void {
    this.#ahead = undefined;
    this.#calm.abort();
  }

  async #makeOnceCalm(run: GameRun, signal: AbortSignal): Promise<void> {
    const { clock, stallMs } = this.parts;
    const meter = new StallMeter(() => clock.now(), () => stallMs('cpu'));
    for (let waits = 0; waits < mostWaits; waits++) {
      meter.restart();
      if (!(await clock.rest(calmMs, signal))) return;
      if ((meter.share ?? 0) < starvedShare) break;
    }
    this.#make(run);
  }

  #make(run: GameRun): void {
    const { server, log } = this.parts;
    const { serverId, runs, state, prepared } = server();
    if (!prepared || run !== runs.current || !run.lives || state.now !== 'up') return;
    try {
      const launch = run.standBy(launchSpec(prepared.funpack, prepared.context));
      this.#ahead = { launch, funpack: placeOf(prepared.funpack.dir) };
    } catch (error) {
      log.debug({ event: 'standby.unmade', serverId, because: String(error) }); // the next launch is an ordinary one
    }
  }
}

/** A folder, and not another one that has taken its place: a jail shows the one that was there when it was made. */
function placeOf(dir: string): string {
  const { dev, ino } = statSync(dir, { throwIfNoEntry: false }) ?? {};
  return `${dir} ${dev}:${ino}`;
}
