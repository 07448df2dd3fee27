import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { build } from 'esbuild';
import { sourcesByName } from '../../../../scripts/lib/sources.cjs';

const packages = resolve(__dirname, '../../..');

/** The queue's program, bundled here, so that a test runs the sources, whatever was built last. */
export class QueueProgramFile {
  readonly #dir = mkdtempSync(join(tmpdir(), 'pinky-queue-program-'));
  readonly path = join(this.#dir, 'main.cjs');

  /** `entry`: another program in its place, by its path in `packages`. */
  async make(entry = 'queue/src/main.ts'): Promise<void> {
    await Promise.all([
      this.#bundle(entry, this.path),
      this.#bundle('queue/src/program/queue-program.ts', join(this.#dir, 'queue-bundle.cjs')), // what main.ts loads
    ]);
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #bundle(entry: string, outfile: string): Promise<void> {
    await build({
      entryPoints: [join(packages, entry)],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      logLevel: 'error',
      alias: sourcesByName(join(packages, '..')),
    });
  }
}

/** A running queue, started as the supervisor starts it. */
export class QueueProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(program: QueueProgramFile, home: string) {
    this.child = spawn(process.execPath, [program.path, '', '-'.repeat(160)], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        LANG: 'C.UTF-8',
        PINKY_HOME: home,
        HEARTBEAT_FD: '3',
      },
    });
    this.exited = once(this.child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
  }

  /** Resolves at the next heartbeat on descriptor 3. The first one comes when the queue serves. */
  async beat(): Promise<void> {
    await once(this.child.stdio[3] as Readable, 'data');
  }

  async end(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.child.kill(signal);
    return this.exited;
  }
}
