import { spawn, type ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { lookFor } from '@pinky/protocol/testing';
import { endMarked, markedProcesses } from '../../vectors/daemons/marked-processes';

const root = resolve(__dirname, '../../../..');
const tsc = (...args: string[]): void =>
  void execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], {
    cwd: root,
    stdio: 'pipe',
  });

/** Compiles the library, because real processes cannot load TypeScript. Once per test file. */
export const compiled = (): void => {
  tsc('-b', 'packages/serverengine/vectors');
  execFileSync(process.execPath, [join(root, 'scripts/bundle-serverengine.mjs')], { stdio: 'pipe' });
};
export const compiledExamples = (): void => tsc('-p', 'packages/serverengine/examples');

/** A bound on what hangs, on a busy machine too. No test that passes waits for it. Milliseconds. */
const patienceMs = 80_000;

/** A program that runs a server in a directory of its own. `end` leaves no process behind. */
export class RunningServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'server-'));
  readonly #mark = `RUNNING_SERVER=${process.pid}-${process.hrtime.bigint()}`;
  #child: ChildProcess | undefined;
  #exit: Promise<number | string> | undefined;
  output = '';

  start(
    program: string,
    args: readonly string[] = [],
    env: NodeJS.ProcessEnv = {},
    cwd: string = this.directory,
  ): this {
    const [name = '', value = ''] = this.#mark.split('=');
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env: { ...process.env, ...env, [name]: value },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.output += String(text)));
    this.#exit = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal ?? '')));
    this.#child = child;
    return this;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get pids(): readonly number[] {
    return markedProcesses(this.#mark).map(({ pid }) => pid);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  exit(): Promise<number | string> {
    return this.#exit ?? Promise.resolve('');
  }

  log(name = 'myserver.log'): string {
    const path = join(this.directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** Resolves once the log shows the pattern that many times. */
  async logged(pattern: RegExp, times = 1): Promise<readonly RegExpMatchArray[]> {
    const found = (): readonly RegExpMatchArray[] => [...this.log().matchAll(new RegExp(pattern, 'g'))];
    await this.until(() => found().length >= times, `${String(pattern)} ${times} times`);
    return found();
  }

  async until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    if (await lookFor(isSo, { timeoutMs: patienceMs, everyMs: 20 })) return;
    throw new Error(`waited in vain for ${what}\nlog: ${this.log()}\noutput: ${this.output}`);
  }

  async end(): Promise<void> {
    await endMarked(this.#mark);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export const example = (name: string): string => resolve(__dirname, `../../examples/dist/${name}.js`);
