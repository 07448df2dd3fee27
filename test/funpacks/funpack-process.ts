import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * A funpack's program as a worker runs it. Its stdin is a FIFO that is open read-write and never ends. Its stdout and
 * stderr are one file, to which it appends. It has its own session.
 */
export class FunpackProcess {
  readonly dir = mkdtempSync(join(tmpdir(), 'funpack-test-'));
  readonly working = join(this.dir, 'working');
  readonly #funpack: string;
  readonly #fifo = join(this.dir, 'stdin');
  readonly #stdin: number;
  #console = join(this.dir, 'console');
  #launches = 0;
  #child: ChildProcess | undefined;

  constructor(name: string) {
    this.#funpack = resolve(__dirname, '../../funpacks', name);
    mkdirSync(this.working);
    execFileSync('mkfifo', [this.#fifo]);
    this.#stdin = openSync(this.#fifo, 'r+');
  }

  /** Runs bin/prepare with these settings. */
  prepare(settings: Readonly<Record<string, unknown>>): void {
    const datafile = join(this.dir, 'datafile.json');
    writeFileSync(datafile, JSON.stringify({ settings }));
    execFileSync(join(this.#funpack, 'bin/prepare'), {
      cwd: this.working,
      env: { ...process.env, DATAFILE: datafile },
    });
  }

  /** Runs bin/import, and answers the JSON that it prints. */
  import(): unknown {
    return JSON.parse(execFileSync(join(this.#funpack, 'bin/import'), { cwd: this.working, encoding: 'utf8' }));
  }

  /** Starts bin/run, and resolves with how it ended. It appends to `stdout`, or else to a new console file. */
  launch(port: number, stdout?: string): Promise<number | NodeJS.Signals> {
    this.#launches += 1;
    this.#console = join(this.dir, `console-${this.#launches}`);
    writeFileSync(this.#console, '');
    const out = openSync(stdout ?? this.#console, 'a');
    const child = spawn(join(this.#funpack, 'bin/run'), {
      cwd: this.working,
      detached: true,
      stdio: [this.#stdin, out, out],
      env: { PATH: process.env['PATH'], PORT: String(port) },
    });
    closeSync(out);
    this.#child = child;
    return new Promise((done) => child.once('exit', (code, signal) => done(signal ?? code ?? -1)));
  }

  send(line: string): void {
    writeSync(this.#stdin, `${line}\n`);
  }

  signal(name: NodeJS.Signals): void {
    if (this.#child?.pid !== undefined) process.kill(this.#child.pid, name);
  }

  get console(): string {
    return readFileSync(this.#console, 'utf8');
  }

  get events(): Record<string, unknown>[] {
    return this.console
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Resolves with the first event that has all of these fields. */
  event(fields: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const path = this.#console;
    return new Promise((found) => {
      const watcher = watch(path, look);
      const find = () =>
        wholeEvents(path).find((event) => Object.entries(fields).every(([name, value]) => event[name] === value));
      function look() {
        const event = find();
        if (!event) return;
        watcher.close();
        found(event);
      }
      look();
    });
  }

  /** Ends the process and removes the files. */
  async dispose(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await ended;
    }
    closeSync(this.#stdin);
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function wholeEvents(path: string): Record<string, unknown>[] {
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
}
