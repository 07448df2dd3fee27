import { resolve } from 'node:path';
import { compiled, RunningServer } from './running-server';

beforeAll(compiled);

it.each(['embedded', 'thread', 'process'])(
  'gives classes that extend nothing what a worker and a server have, with workers of type %s',
  async (workerType) => {
    const server = new RunningServer();
    try {
      server.start(resolve(__dirname, 'programs/plain-class.cjs'), [workerType]);
      await server.until(() => /^has .*$/m.test(server.output), 'the worker runs');
      expect(server.output).toContain(`has ${workerType} 0 number function string number\n`);
      expect(server.output).toContain('server has function string object\n');
      server.signal('SIGTERM');
      expect(await server.exit()).toBe(0);
    } finally {
      await server.end();
    }
  },
);
