// An HTTP server whose workers open their shared port by themselves. USR1 replaces the workers, and no request fails.
import { once } from 'node:events';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, Worker } from '@pinky/serverengine';

export default class MyWorker extends Worker {
  #isStopping = false;
  readonly #http: HttpServer = createHttpServer((_request, response) => {
    if (this.#isStopping) response.setHeader('connection', 'close');
    response.end(`${process.pid}\n`);
  });

  async run(): Promise<void> {
    await this.server.sockets.listen(this.#http, {
      protocol: 'tcp',
      host: '127.0.0.1',
      port: Number(this.config['port']),
    });
    this.logger.info({ event: 'serving' });
    await once(this.#http, 'close');
  }

  /** Finishes the accepted requests. `close` takes no new ones and closes idle connections. */
  stop(): void {
    this.#isStopping = true;
    this.#http.close();
  }
}

if (require.main === module) {
  void createServer(null, __filename, {
    log: 'myserver.log',
    workerType: 'process',
    workers: 4,
    startWorkerDelay: 0.1,
    port: Number(process.env['PORT'] ?? 12345),
  }).run();
}
