import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { askGame } from '@pinky/funpack-runner/light';
import { systemClock, type Command, type FunpackManifest, type Logger } from '@pinky/protocol';
import { AfterWork } from '../../src/admission/after-work.js';
import { Commands } from '../../src/commands/commands.js';
import { ServerLife } from '../../src/life/server-life.js';
import { systemMachine } from '../../src/machine/system-machine.js';
import { prepareServer } from '../../src/prepare/preparation.js';
import type { PreparationInput } from '../../src/prepare/preparation-input.js';
import { RecordedAnswers } from '../../src/record/recorded-answers.js';
import { ServerFiles } from '../../src/record/server-files.js';
import { configOf } from '../fakes/config.js';
import { FakeAdmission, FakePorts, FakeSender, FakeStore } from '../fakes/fake-surroundings.js';

const silence = (): void => undefined;
const log: Logger = { trace: silence, debug: silence, info: silence, warn: silence, error: silence, fatal: silence };

/**
 * The life of one server in this process, with a real game on the real machine. Its manifest may have shorter times
 * than a funpack.json may, so that seconds do for what takes minutes on a box. The machine never counts as starved.
 */
export class RealLife {
  readonly life: ServerLife;
  readonly sender: FakeSender;
  readonly #commands: Commands;
  #number = 0;

  constructor(private readonly dir: string, program: string, private readonly manifest: Partial<FunpackManifest>) {
    const config = { ...configOf(dir) };
    const files = new ServerFiles('one', config);
    const answers = new RecordedAnswers(files.box.answers('one'));
    this.sender = new FakeSender((run) => files.removeRun(run));
    this.life = new ServerLife({
      config: () => config,
      files,
      machine: systemMachine,
      ports: new FakePorts(23_400 + Math.floor(Math.random() * 400)),
      admission: new FakeAdmission(),
      turns: { inTurn: (_, work) => work() },
      stallMs: () => undefined,
      prepare: (input) => this.#prepare(input),
      store: new FakeStore(() => systemClock.wallNow()),
      answers,
      sender: this.sender,
      askGame: (question, signal) => askGame(question, { signal }),
      askQueue: async () => undefined,
      published: () => this.sender.published(),
      clock: systemClock,
      afterWork: new AfterWork(systemClock),
      random: () => 0,
      log,
      onChange: silence,
      onStaysDown: silence,
      onProgress: silence,
    });
    const { server, starts, stops, crashes, backups } = this.life;
    this.#commands = new Commands({ server, starts, stops, crashes, backups, answers, clock: systemClock, log });
    this.#writeFunpack(program);
  }

  get pid(): number {
    return this.life.server.status().pid ?? 0;
  }

  /** The fields of the events of a type, so far. */
  events(type: string) {
    return this.sender.events.filter((event) => event.type === type);
  }

  async start(): Promise<void> {
    const ram = { min: 64, max: 64 };
    await this.#command('start', { serverId: 'one', funpack: { url: this.#pack }, ram, settings: {} });
  }

  /** Says a line to the game. */
  async tell(line: string): Promise<void> {
    await this.life.server.runs.current?.say([line]);
  }

  async end(): Promise<void> {
    await this.life.stops.stop('kill', false);
    this.life.leave();
  }

  get #pack(): string {
    return join(this.dir, 'pack');
  }

  #command(name: Command['name'], data: object): Promise<unknown> {
    const command = { name, data, id: `c${++this.#number}`, deadlineMs: 120_000 };
    return this.#commands.answer(command as Command); // the caller's name and data belong together
  }

  async #prepare(input: PreparationInput) {
    const patched = <T extends { readonly manifest: FunpackManifest }>(funpack: T): T => ({
      ...funpack,
      manifest: { ...funpack.manifest, ...this.manifest },
    });
    const { funpack, context } = await prepareServer({
      ...input,
      onFunpack: (found, more) => input.onFunpack(patched(found), more),
    });
    return { funpack: patched(funpack), context };
  }

  #writeFunpack(program: string): void {
    mkdirSync(join(this.#pack, 'bin'), { recursive: true });
    writeFileSync(join(this.#pack, 'funpack.json'), JSON.stringify({ name: 'hangs', version: '1', listens: false }));
    writeFileSync(join(this.#pack, 'bin', 'run'), `#!/bin/sh\nexec node ${join(__dirname, 'games', program)}\n`);
    chmodSync(join(this.#pack, 'bin', 'run'), 0o755);
  }
}
