import { get } from 'node:http';
import { compiled, compiledExamples, example, RunningServer } from './running-server';

/** Clients that ask again and again, each time on a new connection, until they are stopped. */
class Clients {
  readonly failures: string[] = [];
  answered = 0;
  #isOn = true;
  readonly #all: Promise<void[]>;

  constructor(port: number, count: number) {
    this.#all = Promise.all(Array.from({ length: count }, () => this.#client(port)));
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#all;
  }

  async #client(port: number): Promise<void> {
    while (this.#isOn) {
      const failure = await ask(port);
      if (failure === undefined) this.answered += 1;
      else this.failures.push(failure);
    }
  }
}

const ask = (port: number): Promise<string | undefined> => new Promise((done) => {
  const request = get({ port, host: '127.0.0.1', agent: false }, (response) => {
    let text = '';
    response.on('data', (chunk) => (text += String(chunk)));
    response.on('error', (error) => done(String(error)));
    response.on('end', () => done(response.statusCode === 200 && /^\d+\n$/.test(text) ? undefined : `answer ${text}`));
  });
  request.on('error', (error) => done(String(error)));
});

describe('an HTTP server on shared sockets', () => {
  it('fails no request over ten restarts of its workers under load', async () => {
    compiled();
    compiledExamples();
    const server = new RunningServer();
    const port = 20_000 + (process.pid % 10_000);
    try {
      server.start(example('socket-manager'), [], { PORT: String(port) });
      await server.logged(/serving/, 4);
      const clients = new Clients(port, 4);
      for (let restarts = 1; restarts <= 10; restarts += 1) {
        server.signal('SIGUSR1');
        await server.logged(/serving/, 4 + 4 * restarts);
      }
      await clients.stop();
      expect(clients.failures).toEqual([]);
      expect(clients.answered).toBeGreaterThan(100);
      server.signal('SIGTERM');
      expect(await server.exit()).toBe(0);
    } finally {
      await server.end();
    }
  });
});
