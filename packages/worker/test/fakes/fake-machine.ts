import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import type { MadeCgroup } from '@pinky/jail';
import type { FollowerOptions } from '../../src/console/follower.js';
import type { Remains } from '../../src/launch/remains.js';
import type { RunFate, RunIdentity } from '../../src/launch/run-identity.js';
import { readRunIdentity } from '../../src/launch/run-identity.js';
import type {
  ConsoleFollower, GameListener, GameStdin, LaunchCgroup, Machine, Standby,
} from '../../src/machine/machine.js';
import type { LaunchOrder, NextLaunch } from '../../src/launch/wrapper.js';
import { FakeGame, type GameHabits } from './fake-game.js';

/** Reads a console when it is told that there is something. */
class FakeFollower implements ConsoleFollower {
  #offset: number;
  #isClosed = false;
  #isFollowing = false;

  constructor(private readonly options: FollowerOptions) {
    this.#offset = options.offset;
  }

  start(): void {
    this.#isFollowing = true;
    this.catchUp();
  }

  catchUp(): void {
    if (this.#isClosed || !existsSync(this.options.path)) return;
    const bytes = Buffer.alloc(statSync(this.options.path).size - this.#offset);
    const fd = openSync(this.options.path, 'r');
    readSync(fd, bytes, 0, bytes.length, this.#offset);
    closeSync(fd);
    this.#offset += bytes.length;
    if (bytes.length > 0) this.options.onBytes(bytes);
  }

  /** Something was written. */
  wake(): void {
    if (this.#isFollowing) this.catchUp();
  }

  hurry(): void {}

  close(): void {
    this.#isClosed = true;
  }
}

/** A standby that does nothing but wait. */
export class FakeStandby implements Standby {
  /** `waits`, until it has launched a game or was ended. */
  now: 'waits' | 'used' | 'ended' = 'waits';

  constructor(readonly order: NextLaunch) {}

  async end(): Promise<void> {
    this.now = 'ended';
  }
}

/** A machine without processes: its games do what tests say. */
export class FakeMachine implements Machine {
  readonly games: FakeGame[] = [];
  /** The remains that were killed wherever they hid, in order. */
  readonly cleared: Remains[] = [];
  /** The habits of the next games; those of the last one stay. */
  habits: GameHabits[] = [{ start: 'ready' }];
  /** The file systems are full, as statfs(2) says it. */
  isFull = false;
  /** The error with which the next launches fail, if they are to. */
  launchError: Error | undefined;
  isStdinFull = false;
  /** The launches that were asked for, in order. */
  readonly orders: LaunchOrder[] = [];
  /** The standbys that were made, in order, and the error with which the next ones cannot be made. */
  readonly standbys: FakeStandby[] = [];
  standbyError: Error | undefined;
  /** The folders whose file systems were written to the disk, in order. */
  readonly flushed: string[] = [];
  /** Nobody is told that a console has grown. */
  isReadingHeld = false;
  /** A look at a run shows this instead of what its files say. */
  fate: RunFate | undefined;
  /** The cgroups that were made, in order. */
  readonly cgroups: LaunchCgroup[] = [];
  #followers: FakeFollower[] = [];

  get game(): FakeGame {
    const game = this.games.at(-1);
    if (!game) throw new Error('no game was launched');
    return game;
  }

  makeFifos(): void {}

  openStdin(): GameStdin {
    return {
      writeLine: (line) => {
        if (this.isStdinFull) return false;
        this.games.at(-1)?.hear(line);
        return true;
      },
      drain: () => undefined,
      close: () => undefined,
    };
  }

  follow(options: FollowerOptions): ConsoleFollower {
    const follower = new FakeFollower(options);
    this.#followers.push(follower);
    return follower;
  }

  standBy(order: NextLaunch): FakeStandby {
    if (this.standbyError) throw this.standbyError;
    const standby = new FakeStandby(order);
    this.standbys.push(standby);
    return standby;
  }

  launch(listener: GameListener, order: LaunchOrder, standby?: Standby): { game: FakeGame; launched: Promise<void> } {
    this.orders.push(order);
    if (standby instanceof FakeStandby) standby.now = 'used';
    const habits = (this.habits.length > 1 ? this.habits.shift() : this.habits[0]) ?? {};
    const game = new FakeGame(listener, this.games.length + 1, () => this.#wake(), habits);
    if (this.launchError) {
      game.close();
      return { game, launched: Promise.reject(this.launchError) };
    }
    this.games.push(game);
    setImmediate(() => this.#run(game, habits));
    return { game, launched: Promise.resolve() };
  }

  adopt(listener: GameListener, { game: { pid } }: RunIdentity): FakeGame {
    const game = this.games.find(({ identity }) => identity.pid === pid);
    if (!game) throw new Error(`no game has the pid ${pid}`);
    game.adopt(listener);
    return game;
  }

  makeCgroup({ path, limits }: LaunchCgroup): MadeCgroup {
    this.cgroups.push({ path, limits });
    return { folders: [], missing: [] };
  }

  cgroupFolders(): readonly string[] {
    return [];
  }

  removeCgroup(): boolean {
    return true;
  }

  isAlive({ pid }: { readonly pid: number }): boolean {
    return this.games.some((game) => game.identity.pid === pid && game.isAlive);
  }

  async fateOf({ identity: path }: { readonly identity: string }): Promise<RunFate> {
    if (this.fate) return this.fate;
    const identity = readRunIdentity(path);
    if (!identity) return { kind: 'neverLaunched' };
    return this.isAlive(identity.game) ? { kind: 'running', identity } : { kind: 'ended', identity };
  }

  killRemains(remains: Remains): void {
    this.cleared.push(remains);
  }

  isDiskFull(): boolean {
    return this.isFull;
  }

  async flush(dir: string): Promise<void> {
    this.flushed.push(dir);
  }

  /** The worker that reads the consoles is gone. */
  forgetReaders(): void {
    for (const follower of this.#followers.splice(0)) follower.close();
    this.isReadingHeld = false;
  }

  #run(game: FakeGame, { start = 'ready' }: GameHabits): void {
    if (game.hasEnded) return; // nobody listens any more
    if (start === 'neverRan') return game.exit({ neverRan: true }, false);
    game.launch();
    if (start === 'ready') game.say('started');
  }

  #wake(): void {
    if (this.isReadingHeld) return;
    for (const follower of this.#followers) follower.wake();
  }
}
