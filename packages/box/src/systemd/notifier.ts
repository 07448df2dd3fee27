import { spawn } from 'node:child_process';

/** Longest time for one message, in milliseconds: systemd-notify waits until systemd has read it. */
const deliveryMs = 5_000;

export interface NotifierOptions {
  /** The address of sd_notify(3). An abstract one begins with `@`. */
  readonly socket: string;
  /** The folders in which to look for systemd-notify(1). */
  readonly searchPath: string;
  /** Called once, when the first message could not be sent. */
  readonly onFailure: (reason: string) => void;
}

/**
 * Speaks sd_notify(3). Node cannot open a Unix datagram socket, so each message is one run of systemd-notify(1), which
 * is installed with systemd. Messages arrive in the order in which they were sent.
 */
export class Notifier {
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #hasFailed = false;

  constructor(private readonly options: NotifierOptions) {}

  /** False while messages wait. Signs of life need not queue up behind a message that hangs. */
  get isFree(): boolean {
    return this.#waiting === 0;
  }

  /** Resolves when the message was delivered or given up. The supervisor goes on either way. */
  send(...assignments: readonly string[]): Promise<void> {
    this.#waiting += 1;
    this.#turn = this.#turn.then(() => this.#deliver(assignments)).finally(() => { this.#waiting -= 1; });
    return this.#turn;
  }

  #deliver(assignments: readonly string[]): Promise<void> {
    const { socket, searchPath } = this.options;
    return new Promise((resolve) => {
      const child = spawn('systemd-notify', [...assignments], {
        env: { PATH: searchPath, NOTIFY_SOCKET: socket },
        stdio: 'ignore',
      });
      const tooLong = setTimeout(() => child.kill('SIGKILL'), deliveryMs);
      const over = (failure: string | undefined): void => {
        clearTimeout(tooLong);
        if (failure !== undefined) this.#failed(failure);
        resolve();
      };
      child.once('error', (error) => over(error.message));
      child.once('exit', (code, signal) =>
        over(
          code === 0
            ? undefined
            : `systemd-notify ended ${signal === null ? `with exit code ${code}` : `by ${signal}`}`,
        ),
      );
    });
  }

  #failed(reason: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.options.onFailure(reason);
  }
}
