// The configuration comes from a file. USR2 reads it again and tells the running workers.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { BlockingFlag, createServer, Worker, type ServerConfig } from '@pinky/serverengine';

export default class MyWorker extends Worker {
  readonly #stopFlag = new BlockingFlag();
  #message = '';
  #sleepMs = 0;

  reload(): void {
    this.#message = this.config['message'] === undefined ? 'Awesome work!' : JSON.stringify(this.config['message']);
    this.#sleepMs = 1000 * Number(this.config['sleep'] ?? 1);
  }

  async run(): Promise<void> {
    this.reload();
    while (!(await this.#stopFlag.waitForSet(this.#sleepMs))) this.logger.info({ event: this.#message });
  }

  stop(): void {
    this.#stopFlag.set();
  }
}

if (require.main === module) {
  // config.yml may use ServerEngine's names (worker_type) or ours (workerType).
  const readConfig = (): ServerConfig => ({
    log: 'myserver.log',
    workerType: 'process',
    ...(parse(readFileSync('config.yml', 'utf8')) as ServerConfig),
  });
  void createServer(null, __filename, readConfig).run();
}
