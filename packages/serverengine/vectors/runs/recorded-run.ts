import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { lookFor } from '@pinky/protocol/testing';
import { dumpPath, identify } from '@pinky/supervisor';
import { endMarked } from '../daemons/marked-processes.js';
import { nowSeconds, type Told } from '../programs/recorded-case.js';
import type { ReplayContext } from '../replay.js';
import { observedRun } from './observed-run.js';
import type { Observed, RunCase, ScriptStep } from './run-case.js';

const pollMs = 20;
/** Longest wait for the first workers, because a machine under load starts slowly. Milliseconds. */
const bootPatienceMs = 20_000;

/** One recorded daemon, run with our library: started, treated as its script says, watched, and ended in any case. */
export class RecordedRun {
  readonly #mark = `RECORDED_CASE=${process.pid}-${process.hrtime.bigint()}`;
  readonly #gone = new Map<number, number>();
  #child!: ChildProcess;
  #exit: { t: number; code: number | null; signal: string | null } | undefined;
  #out = '';
  #err = '';
  #renamedAt: number | undefined;
  readonly #startedAtMs = Date.now();

  constructor(private readonly c: RunCase, private readonly context: ReplayContext) {}

  async observe(): Promise<Observed> {
    this.#start();
    try {
      const zero = await this.#zero();
      await this.#play(zero);
      return observedRun({
        directory: this.context.directory,
        told: this.#told(),
        gone: this.#gone,
        exit: this.#exit,
        out: this.#out,
        err: this.#err,
        renamedAt: this.#renamedAt,
        startedAtMs: this.#startedAtMs,
        zero,
      });
    } finally {
      await endMarked(this.#mark);
      for (const pid of this.#pids()) rmSync(dumpPath(pid), { force: true });
    }
  }

  #start(): void {
    const { directory, program } = this.context;
    const [name = '', value = ''] = this.#mark.split('=');
    writeFileSync(
      join(directory, 'case.json'),
      JSON.stringify({ worker: this.c.worker ?? {}, server: this.c.server ?? {} }),
    );
    this.#writeConfig(this.c.config);
    this.#child = spawn(process.execPath, [program('recorded-server'), directory], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, [name]: value },
    });
    this.#child.stdout?.on('data', (text) => (this.#out += String(text)));
    this.#child.stderr?.on('data', (text) => (this.#err += String(text)));
    this.#child.on('exit', (code, signal) => (this.#exit = { t: nowSeconds(), code, signal }));
  }

  #writeConfig(config: object): void {
    const path = join(this.context.directory, 'config.json');
    writeFileSync(`${path}.new`, JSON.stringify(config).replaceAll('$DIR', this.context.directory));
    renameSync(`${path}.new`, path);
  }

  #told(): Told[] {
    const path = join(this.context.directory, 'events');
    // The cast holds: the test programs write the file.
    return existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Told)
      : [];
  }

  #pids(): readonly number[] {
    return [...new Set(this.#told().map(({ pid }) => pid))];
  }

  /** The moment from which the case counts its times. */
  async #zero(): Promise<number> {
    const begin = nowSeconds();
    if (this.c.t_zero === 'process start') return begin;
    const after = Number(/^([\d.]+) s after/.exec(this.c.t_zero)?.[1] ?? 0);
    const { worker_type: type = 'embedded', workers } = this.c.config;
    // If starts are spread, some of the first workers may start only after the moment from which the record counts.
    const isSpread = this.c.observed.events.some(
      ({ ev, in: name, wid }) =>
        ev === 'worker.run' && wid !== 0 && name.endsWith('#1') && (this.c.config.start_worker_delay ?? 0) > 0,
    );
    const count = type === 'embedded' || isSpread ? 1 : (workers ?? 1);
    const ranAt = (): number | undefined => {
      const first = Array.from({ length: count }, (_, wid) =>
        this.#told().find((told) => told.ev === 'worker.run' && told['wid'] === wid),
      );
      return first.every((told) => told !== undefined) ? Math.max(...first.map((told) => told?.t ?? 0)) : undefined;
    };
    const look = (): { readonly at?: number } | undefined => {
      const at = ranAt();
      if (at !== undefined) return { at: at + after };
      return this.#exit ? {} : undefined;
    };
    return (await lookFor(look, { timeoutMs: bootPatienceMs, everyMs: pollMs }))?.at ?? nowSeconds();
  }

  async #play(zero: number): Promise<void> {
    const steps = [...this.c.script];
    const config = { ...this.c.config };
    const end = zero + this.c.watched_for;
    while (nowSeconds() < end) {
      for (let step = steps[0]; step && nowSeconds() >= zero + step.at; step = steps[0]) {
        steps.shift();
        this.#do(step, config);
      }
      this.#poll();
      await sleep(Math.max(1, Math.min(pollMs, 1000 * ((steps[0] ? zero + steps[0].at : end) - nowSeconds()))));
    }
    this.#poll();
  }

  #do(step: ScriptStep, config: object): void {
    const log = join(this.context.directory, 'log');
    if (step.do === 'change_config') this.#writeConfig(Object.assign(config, step.set));
    if (step.do === 'rename_log_file' && existsSync(log)) renameSync(log, `${log}.renamed`);
    if (step.do === 'rename_log_file') this.#renamedAt = nowSeconds();
    const pid = step.do === 'signal' ? this.#target(step.to ?? 'top') : undefined;
    if (pid !== undefined && identify(pid)) process.kill(pid, `SIG${step.signal}`);
  }

  /** The living process that a script names: the newest one in that role. */
  #target(to: string): number | undefined {
    if (to === 'top') return this.#child.pid;
    const told = this.#told().filter((each) =>
      to === 'server' ? each.role === 'server' : each.role === 'worker' && `worker${String(each['wid'])}` === to,
    );
    return told.map(({ pid }) => pid).findLast((pid) => identify(pid) !== undefined);
  }

  #poll(): void {
    for (const pid of this.#pids()) if (!this.#gone.has(pid) && !identify(pid)) this.#gone.set(pid, nowSeconds());
  }
}
