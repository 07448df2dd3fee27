import { spawn } from 'node:child_process';

/** The longest that one message may take, milliseconds: systemd-notify waits until systemd has read it. */
const deliveryMs = 5_000;

export interface NotifierOptions {
  /** sd_notify(3)'s address; also an abstract one, which begins with `@`. */
  readonly socket: string;
  /** Where systemd-notify(1) is looked for. */
  readonly searchPath: string;
  /** Told once, when the first message could not be sent. */
  readonly onFailure: (reason: string) => void;
}

/**
 * Speaks sd_notify(3). The socket is a Unix datagram socket, which Node cannot open, so each message is one run of
 * systemd-notify(1), which is wherever such a socket is. Messages arrive in the order in which they were sent.
 */
export class Notifier {
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #hasFailed = false;

  constructor(private readonly options: NotifierOptions) {}

  /** False while messages wait for one that hangs: what only says that we live need not queue up. */
  get isFree(): boolean {
    return this.#waiting === 0;
  }

  /** Resolves when it was delivered, or given up; a supervisor goes on in either case. */
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
