import { makeServer, makeWorker } from '../../src/process/make-instance.js';
import type { ServerContext } from '../../src/server/server.js';
import type { WorkerContext } from '../../src/worker/worker.js';

// Only what is read here.
const context = {
  logger: { name: 'theirs' },
  workerId: 3,
  config: { workers: 4 },
  server: {},
  sockets: {},
  dump: () => undefined,
  stop: () => 'stopped',
} as unknown as WorkerContext & ServerContext;

const { logger, config, server } = context;

describe('an object of a class that extends nothing', () => {
  it('has what a worker has, also in its `initialize`', () => {
    let inTime: unknown;
    class Plain {
      declared: unknown;
      initialize(this: Plain & WorkerContext): void { inTime = this.workerId; }
    }
    expect(makeWorker(Plain, context)).toMatchObject({ logger, workerId: 3, config, server });
    expect(inTime).toBe(3);
  });

  it('keeps members of its own, but not a field that is only declared', () => {
    class Plain {
      logger = 'mine';
      workerId = undefined;
      get config(): string { return 'mine'; }
    }
    const made = makeWorker(Plain as never, context) as unknown as Plain & { server: unknown };
    expect(made).toMatchObject({ logger: 'mine', workerId: 3, config: 'mine' });
    made.server = 'changed';
    expect(made.server).toBe('changed');
  });

  it('has what a server has', () => {
    class Plain { restart(): string { return 'mine'; } }
    const made = makeServer(Plain as never, context);
    expect(made).toMatchObject({ logger: context.logger, config: context.config, shared: {}, pid: process.pid });
    expect([made.stop(true), made.restart(true)]).toEqual(['stopped', 'mine']);
  });
});
