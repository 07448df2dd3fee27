import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const program = join(__dirname, 'exchange-names.pl');

/** A process that lets two names change places, as often as it can: the one of a file or folder, and that of a link. */
export class Racer {
  private constructor(private readonly child: ChildProcess) {}

  /** `linkTo`: where a link leads that it makes where there is none. */
  static async start(linkTo: string, pairs: readonly (readonly [own: string, link: string])[]): Promise<Racer> {
    const child = spawn('perl', [program, linkTo, ...pairs.flat()], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout, 'data');
    return new Racer(child);
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}
