import { appendFileSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { ProcessIdentity } from '@pinky/supervisor/identity';
import type { ExitStatus } from '../../src/launch/exit-status.js';
import type { Game, GameListener } from '../../src/machine/machine.js';

/** The things that a game does by itself. */
export interface GameHabits {
  /** `ready`: says `started` at once; `loading`: says so when it is told to; `neverRan`: its wrapper gives up. */
  readonly start?: 'ready' | 'loading' | 'neverRan';
  /** Lines and signals that end it. Default: the line `stop`, TERM, QUIT and KILL. */
  readonly endsAt?: readonly string[];
}

/** The whole of /proc/<pid>/stat for a process that there is: only its numbers matter. */
const statLine = (pid: number, startTime: number): string => {
  const fields = readFileSync('/proc/self/stat', 'latin1').trim().replace(/^.*\) /, '').split(' ');
  fields[19] = String(startTime); // field 22, counted from the one after the name
  return `${pid} (game) ${fields.join(' ')}`;
};

/** As sh gives it: 128 + n for the signal n. */
const shellCode = ({ code, signal }: ExitStatus): number =>
  signal ? 128 + constants.signals[signal as NodeJS.Signals] : (code ?? 0);

/** A game that does what a test says. It writes what a real one and its wrapper write, and is not a process. */
export class FakeGame implements Game {
  readonly identity: ProcessIdentity;
  /** Lines and signals that it was given, in order. */
  readonly heard: string[] = [];
  /** The ports that it has bound. Undefined: nobody can see them. */
  listens: number[] | undefined;
  /** The processor time that it has used, milliseconds, and a way to tell it anew at each look. */
  cpuUse: (() => number) | undefined;
  /** Its threads, as the kernel knows them. */
  threadLines: readonly string[] = [];
  readonly #endsAt: ReadonlySet<string>;
  #listener: GameListener | undefined;
  #pid: number | undefined;
  #status: ExitStatus | undefined;

  constructor(listener: GameListener, number: number, private readonly onPrint: () => void, habits: GameHabits) {
    this.#listener = listener;
    this.identity = { pid: 1_000_000 + number, startTime: String(number), bootId: 'b'.repeat(36) };
    this.#endsAt = new Set(habits.endsAt ?? ['stop', 'SIGTERM', 'SIGQUIT', 'SIGKILL']);
  }

  get pid(): number | undefined {
    return this.#pid;
  }

  get hasEnded(): boolean {
    return this.#status !== undefined || this.#listener === undefined;
  }

  /** Whether it runs, whoever listens. */
  get isAlive(): boolean {
    return this.#pid !== undefined && this.#status === undefined;
  }

  /** Its wrapper writes down who it is, and says so. */
  launch(): void {
    const { run, clock } = this.#needListener();
    this.#pid = this.identity.pid;
    const { startTime, bootId, pid } = this.identity;
    writeFileSync(run.identity, `${pid + 1}\n${statLine(pid, Number(startTime))}\n${bootId}\n`);
    utimesSync(run.identity, clock.wallNow() / 1_000, clock.wallNow() / 1_000);
    writeFileSync(run.console, '', { flag: 'a' });
    this.#needListener().onLaunched(this.identity);
  }

  /** Prints lines on its console. */
  print(...lines: string[]): void {
    appendFileSync(this.#needListener().run.console, lines.map((line) => `${line}\n`).join(''));
    this.onPrint();
  }

  /** Prints an event in the plainest dialect. */
  say(event: string, fields: object = {}): void {
    this.print(JSON.stringify({ event, ...fields }));
  }

  /** Ends; `seen` says whether its wrapper lived to write down how. */
  exit(status: ExitStatus, seen = true, launchError?: unknown): void {
    if (this.#status) return;
    this.#status = status;
    const listener = this.#listener;
    if (seen && listener) writeFileSync(listener.run.exit, `exit ${shellCode(status)}\n`);
    listener?.onExit(status, launchError);
  }

  /** A line on its stdin. */
  hear(line: string): void {
    this.#hear(line, { code: 0 });
    if (line === 'list') setImmediate(() => this.say('players_list', { players: ['ann'] }));
  }

  signal(signal: NodeJS.Signals): void {
    this.#hear(signal, { signal });
  }

  binds(port: number): boolean {
    return this.listens?.includes(port) === true;
  }

  boundPorts(): readonly number[] | undefined {
    return this.listens;
  }

  get cpuMs(): number | undefined {
    return this.cpuUse?.();
  }

  set cpuMs(ms: number | undefined) {
    this.cpuUse = ms === undefined ? undefined : () => ms;
  }

  threads(): readonly string[] {
    return this.threadLines;
  }

  clearGroup(): void {
    this.heard.push('clearGroup');
  }

  killRemains(): void {
    this.heard.push('killRemains');
  }

  close(): void {
    this.#listener = undefined;
  }

  /** Another worker takes it over. */
  adopt(listener: GameListener): void {
    this.#listener = listener;
  }

  #hear(what: string, status: ExitStatus): void {
    if (this.#status) return;
    this.heard.push(what);
    if (this.#endsAt.has(what)) setImmediate(() => this.exit(status));
  }

  #needListener(): GameListener {
    if (!this.#listener) throw new Error('nobody listens to the game');
    return this.#listener;
  }
}
