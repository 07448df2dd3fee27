import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { until } from '@pinky/protocol/testing';

export const root = resolve(__dirname, '../..');

/** The result of one command line. `answer` is the JSON that it printed. */
export interface CommandOutcome {
  readonly code: number;
  // Each command has its own answer, and each test says what it expects.
  readonly answer: any; // eslint-disable-line typescript/no-explicit-any
}

/** A box in a temporary home, with the real command line of the built tree. `end` removes its processes and files. */
export class RealBox {
  readonly home = mkdtempSync(join(tmpdir(), 'pinky-e2e-'));
  readonly servers = join(this.home, 'servers');

  constructor(private readonly options: string, readonly tree = root) {
    writeFileSync(join(this.home, 'pinky.yml'), options);
    // A home of no isolation, unless the options choose one: most tests are about something else.
    writeFileSync(join(this.home, 'isolation'), 'none\n');
  }

  /** Runs `pinky … --json` from the copy of Pinky in `tree`. */
  pinky(args: readonly string[], tree = this.tree): Promise<CommandOutcome> {
    const { FORCE_COLOR: _none, PINKY_API: _maybe, ...rest } = process.env;
    // A box whose options say nothing of the API has none: it would take 40 MB.
    const env = { ...rest, ...(!/^api:/m.test(this.options) && { PINKY_API: 'no' }) };
    const child = spawn(process.execPath, [join(tree, 'packages/cli/bin/pinky'), ...args, '--json'], {
      env: { ...env, PINKY_HOME: this.home },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk; });
    return new Promise((done, failed) => child.once('error', failed).once('close', (code) => {
      try {
        done({ code: code ?? -1, answer: JSON.parse(said) });
      } catch {
        failed(new Error(`pinky ${args.join(' ')} ended with ${code} and said: ${said}`));
      }
    }));
  }

  /** Processes with this home in their environment or command line: ours, and the games. */
  processes(): number[] {
    return readdirSync('/proc')
      .map(Number)
      .filter(
        (pid) =>
          pid > 0 &&
          pid !== process.pid &&
          ['environ', 'cmdline'].some((file) => contentOf(`/proc/${pid}/${file}`).includes(this.home)),
      );
  }

  file(...path: readonly string[]): string {
    return join(this.home, ...path);
  }

  text(...path: readonly string[]): string {
    return contentOf(this.file(...path));
  }

  /** Kills everything at once, as the machine's end does. The supervisor first, because it would restart the others. */
  killAll(): void {
    for (const pid of [Number(this.text('supervisor.pid')), ...this.processes()])
      if (pid > 0 && this.processes().includes(pid)) kill(pid);
  }

  async end(): Promise<void> {
    this.killAll();
    await until('every process has ended', () =>
      this.processes().every((pid) => contentOf(`/proc/${pid}/stat`).includes(') Z ')),
    );
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Throws if nothing is built. */
export function assertBuilt(): void {
  if (!existsSync(join(root, 'packages/worker/dist/worker.cjs'))) {
    throw new Error('nothing is built; run `npm run build` first');
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended with the one before it
  }
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has just ended, or is closed to us
  }
}
