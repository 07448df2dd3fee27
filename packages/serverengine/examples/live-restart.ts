// INT starts a new server while the old one finishes its work in hand.
import { BlockingFlag, createServer, Worker } from '@pinky/serverengine';

const taskSeconds = Number(process.env['TASK_SECONDS'] ?? 3);

export default class MyWorker extends Worker {
  readonly #stopFlag = new BlockingFlag();

  async run(): Promise<void> {
    this.logger.info({ event: 'begins', pid: process.pid });
    await this.#stopFlag.waitForSet();
    await new Promise((resolve) => setTimeout(resolve, taskSeconds * 1000)); // a long task, which may finish
    this.logger.info({ event: 'ends', pid: process.pid });
  }

  stop(): void {
    this.#stopFlag.set();
  }
}

if (require.main === module) {
  void createServer(null, __filename, {
    log: 'myserver.log',
    workerType: 'process',
    supervisor: true,
    enableDetach: true,
    serverDetachWait: 0.5,
  }).run();
}
