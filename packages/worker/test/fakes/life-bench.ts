import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFunpack, type Funpack, type QueryAnswered, type QueryQuestion } from '@pinky/funpack-runner/light';
import {
  deferred,
  PinkyError,
  type BoxConfig,
  type Command,
  type CommandName,
  type CommandResult,
  type Deferred,
  type ErrorCode,
  type FunpackManifest,
  type Logger,
  type LogRecord,
  type ServerEvent,
  type ServerState,
  type StartOrder,
} from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { AfterWork } from '../../src/admission/after-work.js';
import { adopt } from '../../src/adopt/adoption.js';
import { Commands } from '../../src/commands/commands.js';
import { ServerLife } from '../../src/life/server-life.js';
import { bringWorld } from '../../src/prepare/bring-world.js';
import { launchContext, type Prepared } from '../../src/prepare/preparation.js';
import type { PreparationInput } from '../../src/prepare/preparation-input.js';
import { RecordedAnswers } from '../../src/record/recorded-answers.js';
import { FakeDiskFiles } from './fake-disk-files.js';
import { FakeMachine } from './fake-machine.js';
import { FakeAdmission, FakePorts, FakeSender, FakeStore } from './fake-surroundings.js';
import { configOf } from './config.js';

/** Lets what has been set off in this process come to rest: promises, and what waits for the next turns. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
}

let commandCount = 0;

/** Time passes in pieces of this length, so that whatever one sets off is done before the next. Milliseconds. */
const stepMs = 1_000;

/** The things that outlive a worker. */
export interface Surroundings {
  readonly machine?: FakeMachine;
  readonly ports?: FakePorts;
  readonly store?: FakeStore;
  readonly admission?: FakeAdmission;
  /** The work after a crash waits for the launch, by the bench's clock. Else it waits for nothing. */
  readonly isAfterWorkHeld?: boolean;
  /** Unix milliseconds. */
  readonly startsAtMs?: number;
  /** The number that is drawn at random, in [0, 1). */
  readonly random?: number;
}

/**
 * The life of one server as a worker puts it together, on a machine, store and clock that do what a test says. Files
 * are real, in the test's folder. With `successor`, the next worker takes over what it finds there.
 */
export class LifeBench {
  readonly machine: FakeMachine;
  /** Why the server was to stay down, each time: an error, or undefined for an order. */
  readonly staysDown: (ErrorCode | undefined)[] = [];
  /** Launches that were admitted and counted. */
  readonly admission: FakeAdmission;
  /** How long tasks have waited for a processor. */
  stallMs: number | undefined;
  /** The same, told anew at each look. */
  stallOf: (() => number) | undefined;
  readonly ports: FakePorts;
  readonly store: FakeStore;
  readonly clock: FakeClock;
  readonly afterWork: AfterWork;
  readonly sender: FakeSender;
  readonly files: FakeDiskFiles;
  readonly life: ServerLife;
  readonly commands: Commands;
  readonly logged: LogRecord[] = [];
  /** Every event that has changed the state, as `<from> <event> <to>`. */
  readonly applied: string[] = [];
  /** The error with which `prepare` fails, if it is to. */
  prepareError: Error | undefined;
  /** The work that a preparation that is cut short has still to do, if any. */
  cleanUp: Promise<void> | undefined;
  /** Called when a preparation is done, before its start goes on. */
  onPrepared: () => void = () => undefined;
  readonly preparations: PreparationInput[] = [];
  /** The questions to the queue, which is away if a test says so. */
  readonly askedOfQueue: { readonly method: string; readonly params: Readonly<Record<string, unknown>> }[] = [];
  isQueueAway = false;
  /** The questions to the game by its own protocol, and its answer, if it gives any. */
  readonly queries: QueryQuestion[] = [];
  queryAnswer: QueryAnswered | undefined;
  config: BoxConfig;
  #preparing: Deferred<void> | undefined;

  constructor(
    readonly dir: string,
    private readonly manifest: Partial<FunpackManifest> = {},
    given: Surroundings = {},
  ) {
    const { machine = new FakeMachine(), ports = new FakePorts(), store, startsAtMs, random = 0 } = given;
    this.machine = machine;
    this.ports = ports;
    this.admission = given.admission ?? new FakeAdmission();
    this.clock = new FakeClock(startsAtMs);
    this.afterWork = new AfterWork(given.isAfterWorkHeld ? this.clock : { rest: async () => true });
    this.config = configOf(dir);
    this.files = new FakeDiskFiles('one', this.config);
    this.sender = new FakeSender((run) => this.files.removeRun(run));
    this.store = store ?? new FakeStore(() => this.clock.wallNow());
    const answers = new RecordedAnswers(this.files.box.answers('one'));
    const log = this.#logger();
    this.life = new ServerLife({
      config: () => this.config,
      files: this.files,
      machine,
      ports,
      admission: this.admission,
      turns: { inTurn: (_, work) => work() },
      stallMs: (of) => (of === 'cpu' ? (this.stallOf?.() ?? this.stallMs) : undefined),
      prepare: (input) => this.#prepare(input),
      store: this.store,
      answers,
      sender: this.sender,
      askGame: (question) => {
        this.queries.push(question);
        return this.queryAnswer ? Promise.resolve(this.queryAnswer) : Promise.reject(new Error('no answer'));
      },
      askQueue: async (method, params) => {
        if (this.isQueueAway) throw new PinkyError('connection_lost', 'the queue is away');
        this.askedOfQueue.push({ method, params });
      },
      published: () => this.sender.published(),
      clock: this.clock,
      afterWork: this.afterWork,
      random: () => random,
      log,
      onChange: () => undefined,
      onStaysDown: (because) => void this.staysDown.push(because),
      onProgress: () => undefined,
    });
    const { server, starts, stops, crashes, backups } = this.life;
    this.commands = new Commands({ server, starts, stops, crashes, backups, answers, clock: this.clock, log });
    this.#spyOnState();
  }

  get state(): ServerState {
    return this.life.server.state.now;
  }

  get start(): StartOrder {
    return {
      serverId: 'one',
      funpack: { url: join(this.dir, 'pack') },
      ram: { min: 64, max: 64 },
      settings: {},
    };
  }

  /** Answers of commands; each has an id of its own. */
  command(name: CommandName, data: object = {}, id = `c${++commandCount}`): Promise<CommandResult> {
    const whole = { ...(name === 'start' ? this.start : { serverId: 'one' }), ...data };
    const answer = this.commands.answer({ name, data: whole, id, deadlineMs: 60_000 } as Command);
    answer.catch(() => undefined); // whoever wants it asks for it
    return answer;
  }

  /** Started, and up. */
  async up(start: Partial<StartOrder> = {}): Promise<this> {
    await this.command('start', start);
    await turns();
    return this;
  }

  /** Preparations wait until they are let go. */
  holdPreparation(): void {
    this.#preparing = deferred<void>();
  }

  letPreparationGo(): void {
    this.#preparing?.resolve();
    this.#preparing = undefined;
  }

  /** Types of the events that were told, or the events of one type. */
  get told(): string[] {
    return this.sender.events.map(({ type }) => type);
  }

  events(type: string) {
    return this.sender.events.filter((event) => event.type === type);
  }

  loggedAs(event: string): LogRecord[] {
    return this.logged.filter((record) => record.event === event);
  }

  /** Time passes, second by second, and what each sets off comes to rest. */
  async pass(ms: number): Promise<void> {
    await turns();
    for (let left = ms; left >= 0; left -= stepMs) {
      await this.clock.advance(Math.min(left, stepMs));
      await turns();
    }
  }

  /** The worker dies where it is; another one takes over what it finds, `laterMs` later. */
  async successor(laterMs = 1_000, random = 0, config: Partial<BoxConfig> = {}, admission = new FakeAdmission()) {
    this.machine.forgetReaders();
    this.files.letGo(); // a dead process does nothing any more; its files stay as they are
    this.life.leave();
    const { machine, ports, store } = this;
    const startsAtMs = this.clock.wallNow() + laterMs;
    const next = new LifeBench(this.dir, this.manifest, {
      machine,
      ports,
      store,
      startsAtMs,
      random,
      admission,
    });
    next.config = { ...next.config, ...config };
    await next.adopt();
    return next;
  }

  async adopt(): Promise<void> {
    await adopt({
      life: this.life,
      files: this.files,
      machine: this.machine,
      sender: this.sender,
      config: () => this.config,
      clock: this.clock,
      log: this.#logger(),
    });
    await turns();
  }

  /** The funpack on disk, as far as the manifest of this test says. */
  funpack(): Funpack {
    const dir = join(this.dir, 'pack');
    mkdirSync(join(dir, 'bin'), { recursive: true });
    writeFileSync(join(dir, 'funpack.json'), JSON.stringify({ name: 'fake', version: '1', ...this.manifest }));
    writeFileSync(join(dir, 'bin', 'run'), '#!/bin/sh\n');
    chmodSync(join(dir, 'bin', 'run'), 0o755);
    return readFunpack(dir, 'digest');
  }

  async #prepare(input: PreparationInput): Promise<Prepared> {
    this.preparations.push(input);
    const funpack = this.funpack();
    const context = launchContext({ ...input, ...input.takePorts(funpack) }, funpack);
    input.onFunpack(funpack, context);
    const { signal } = input;
    const cut = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.#preparing?.promise, cut]);
    if (signal.aborted) await this.cleanUp;
    signal.throwIfAborted();
    if (this.prepareError) throw this.prepareError;
    const { parking, start, hasWorld } = input;
    if (!hasWorld && parking.all.length > 0 && start.world === undefined) await bringWorld(input, funpack);
    else if (!hasWorld) input.onWorld(undefined);
    mkdirSync(context.workingDir, { recursive: true });
    this.onPrepared();
    return { funpack, context };
  }

  #logger(): Logger {
    const log = (record: LogRecord): void => void this.logged.push(record);
    return { trace: log, debug: log, info: log, warn: log, error: log, fatal: log };
  }

  #spyOnState(): void {
    const { state } = this.life.server;
    const apply = state.apply.bind(state);
    state.apply = (event: ServerEvent, ...more) => {
      const from = state.now;
      const hasChanged = apply(event, ...more);
      if (hasChanged) this.applied.push(`${from} ${event} ${state.now}`);
      return hasChanged;
    };
  }
}
