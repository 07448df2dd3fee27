// A TCP server of several processes. The server opens the port before any worker runs, and the workers accept.
import { once } from 'node:events';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { createServer, Server, Worker } from '@pinky/serverengine';

class MyServer extends Server {
  async beforeRun(): Promise<void> {
    const bound = await this.sockets.open({
      protocol: 'tcp',
      host: String(this.config['bind']),
      port: Number(this.config['port']),
    });
    this.shared['port'] = bound?.port; // the real port, if 0 was asked for
    this.logger.info({ event: 'listening', ...bound });
  }
}

export default class MyWorker extends Worker {
  readonly #tcp: TcpServer = createTcpServer((connection) =>
    connection.end(`Awesome work by worker ${this.workerId}!\n`),
  );

  #isOver = false;

  async run(): Promise<void> {
    await this.server.sockets.listen(this.#tcp, {
      protocol: 'tcp',
      host: String(this.config['bind']),
      port: Number(this.config['port']),
    });
    if (this.#isOver) this.#tcp.close(); // it was asked to stop before it listened
    await once(this.#tcp, 'close');
  }

  stop(): void {
    this.#isOver = true;
    this.#tcp.close(); // takes no new connections, and closes after the last one
  }
}

if (require.main === module) {
  void createServer(MyServer, __filename, {
    log: 'myserver.log',
    workerType: 'process',
    workers: 4,
    bind: '127.0.0.1',
    port: Number(process.env['PORT'] ?? 9071),
  }).run();
}
