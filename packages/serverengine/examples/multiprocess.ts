// Four worker processes below a supervisor. The worker is the default export of a module: this file.
import { BlockingFlag, createServer, Worker } from '@pinky/serverengine';

export default class MyWorker extends Worker {
  readonly #stopFlag = new BlockingFlag();

  async run(): Promise<void> {
    while (!(await this.#stopFlag.waitForSet(1000)))
      this.logger.info({ event: 'Awesome work!', workerId: this.workerId });
  }

  stop(): void {
    this.#stopFlag.set();
  }
}

if (require.main === module) {
  void createServer(null, __filename, {
    daemonize: process.env['DAEMONIZE'] === '1',
    supervisor: true,
    log: 'myserver.log',
    pidPath: 'myserver.pid',
    workerType: 'process',
    workers: 4,
    workerProcessName: 'myserver: worker %d',
  }).run();
}
