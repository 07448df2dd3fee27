import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, silentLogger, type CommandResult, type Definition } from '@pinky/protocol';
import { FakeClock, startStopContract, type PartUnderTest } from '@pinky/protocol/testing';
import { BoxQueue } from '../src/index.js';
import { BoxCommands } from '../src/commands/box-commands.js';
import { CommandTimes } from '../src/commands/command-times.js';
import type { CommandTargets } from '../src/commands/check-and-route.js';
import type { ConsumerOptions } from '../src/commands/consumer-options.js';
import { DefinitionBook } from '../src/definitions/definition-book.js';
import { Definitions } from '../src/definitions/definitions.js';
import { UnusedServers } from '../src/definitions/unused-servers.js';
import { WantedServers } from '../src/definitions/wanted-servers.js';
import { JobConsumer } from '../src/jobs/job-consumer.js';
import { ListConsumer } from '../src/lists/list-consumer.js';
import { EventFeed } from '../src/publish/event-feed.js';
import { Publisher } from '../src/publish/publisher.js';
import { RedisConnection } from '../src/redis/connection.js';
import { RedisTroubles } from '../src/redis/troubles.js';
import { RedisSide } from '../src/redis-side.js';
import { KnownTimes } from '../src/schedules/known-times.js';
import { ScheduleBook } from '../src/schedules/schedule-book.js';
import { ScheduleClock } from '../src/schedules/schedule-clock.js';
import { ScheduleRunner } from '../src/schedules/schedule-runner.js';
import { Schedules } from '../src/schedules/schedules.js';
import { StepRunner } from '../src/schedules/step-runner.js';
import { MissingWorkers } from '../src/routing/missing-workers.js';
import { QueueSocket } from '../src/routing/queue-socket.js';
import { Router } from '../src/routing/router.js';
import { Distributions } from '../src/distributions/distributions.js';
import { SupervisorLink } from '../src/routing/supervisor-link.js';
import { WorkerRegistry } from '../src/routing/worker-registry.js';
import { BoxHeartbeat } from '../src/state/box-heartbeat.js';
import { BoxState } from '../src/state/box-state.js';
import { StateWriter } from '../src/state/state-writer.js';
import { FakeSupervisor, TestBox } from './support/box.js';
import { awayContext, redisStub } from './support/redis-stub.js';

const nobody = { workerOf: () => undefined, isExpected: () => false, ensureWorker: () => Promise.resolve() };
const noWorkers = { all: () => [], get: () => undefined, lastStatus: () => undefined };
const schedulesWith = (clock: FakeClock): Schedules =>
  new Schedules({ ...scheduleParts(clock), definitions: { get: () => undefined, all: () => [], schedule: nothing } });
const nothing = (): Promise<void> => Promise.resolve();
const scheduleParts = (clock: FakeClock) => ({
  commands: { route: () => Promise.reject(new Error('nothing is due here')) },
  statusOf: () => undefined,
  areHeld: () => false,
  logger: silentLogger,
  clock,
});
const targetsWith = (clock: FakeClock): CommandTargets => ({
  router: new Router({ ...nobody, clock }),
  boxCommands: new BoxCommands({
    registry: noWorkers,
    obstacleOf: () => undefined,
    isExpected: () => false,
    supervisor: { fetch: () => Promise.resolve({}), askCatalogue: () => Promise.resolve({ servers: [] }) },
    restores: { restore: () => Promise.reject(new Error('nobody restores here')) },
    definitions: {
      define: () => Promise.reject(new Error('nobody defines here')),
      isKnown: () => false,
      wantedOf: () => undefined,
    },
    schedules: schedulesWith(clock).commands,
    distributions: () => ({ answer: () => Promise.reject(new Error('nobody distributes here')) }),
  }),
  times: new CommandTimes(clock),
});

const consumer = (make: (options: ConsumerOptions) => JobConsumer | ListConsumer) => (): PartUnderTest => {
  const { context, clock, running } = awayContext();
  const part = make({
    ...context,
    waiting: redisStub().redis,
    address: () => ({ path: '/nowhere/redis.sock' }),
    troubles: new RedisTroubles(context),
    locks: { owner: 'x', earlier: 'y' },
    ...targetsWith(clock),
    boxState: new BoxState(context),
  });
  return { part, running };
};

const parts: Readonly<Record<string, () => PartUnderTest | Promise<PartUnderTest>>> = {
  'a job consumer': consumer((options) => new JobConsumer(options)),
  'a list consumer': consumer((options) => new ListConsumer(options)),
  distributions: () => {
    const { context, running } = awayContext();
    return { part: new Distributions({ ...context, box: '1' }), running };
  },
  'a publisher': () => {
    const { context, running } = awayContext();
    return { part: new Publisher({ ...context, cap: () => 1, tell: () => undefined }), running };
  },
  'a box state': () => {
    const { context, running } = awayContext();
    return { part: new BoxState(context), running };
  },
  'a state writer': () => {
    const { context, running } = awayContext();
    return { part: new StateWriter({ ...context, box: '1', isExpected: () => false }), running };
  },
  'a box heartbeat': () => {
    const { context, running } = awayContext();
    const signature = { identity: 'x', host: 'h', home: '/', bootId: 'b', place: 'p', epoch: 1 };
    const part = new BoxHeartbeat({
      ...context,
      intervalMs: () => 10_000,
      owner: { signature },
      supervisorPid: () => undefined,
      serversDir: () => '/',
      version: () => '0',
      runningServers: () => 0,
      also: () => Promise.resolve(),
    });
    return { part, running };
  },
  'a Redis connection': () => {
    const clock = new FakeClock();
    const address = () => ({ path: '/nowhere/redis.sock' });
    const troubles = new RedisTroubles({ logger: silentLogger, clock });
    return {
      part: new RedisConnection({ name: 'test', address, troubles, logger: silentLogger, clock }),
      running: () => clock.sleeping,
    };
  },
  'the schedules': () => {
    const clock = new FakeClock();
    return { part: schedulesWith(clock), running: () => clock.sleeping };
  },
  'a clock of schedules': () => {
    const clock = new FakeClock();
    const { signal } = new AbortController();
    const book = new ScheduleBook({ get: () => undefined, all: () => [], schedule: nothing });
    const parts = { ...scheduleParts(clock), book, known: new KnownTimes(), signal };
    const steps = new StepRunner({ ...parts, isWantedUp: () => true });
    const part = new ScheduleClock({ ...parts, runner: new ScheduleRunner({ ...parts, steps }) });
    return { part, running: () => clock.sleeping };
  },
  'a search for missing workers': () => {
    const clock = new FakeClock();
    const part = new MissingWorkers({
      servers: () => '/nowhere',
      hasWorker: () => false,
      ensureWorker: () => Promise.resolve(),
      isStopping: () => false,
      areHeld: () => false,
      onVanished: () => undefined,
      logger: silentLogger,
      clock,
    });
    return { part, running: () => clock.sleeping };
  },
  'a Redis side': () => {
    const box = new TestBox();
    const clock = new FakeClock();
    const part = new RedisSide({
      config: () => box.config,
      ...targetsWith(clock),
      isExpected: () => false,
      runningServers: () => 0,
      tell: () => undefined,
      onHeartbeat: () => Promise.resolve(),
      logger: silentLogger,
      clock,
    });
    return { part, running: () => clock.sleeping, cleanUp: () => box.end() };
  },
  'a queue socket': () => {
    const dir = mkdtempSync(join(tmpdir(), 'queue-socket-'));
    const path = join(dir, 'queue.sock');
    const part = new QueueSocket({
      path,
      registry: new WorkerRegistry({ arrived: () => undefined, changed: () => undefined, gone: () => undefined }),
      feed: new EventFeed(silentLogger),
      logger: silentLogger,
      onEvents: () => undefined,
      requests: {},
    });
    return { part, running: () => Number(existsSync(path)), cleanUp: () => rmSync(dir, { recursive: true }) };
  },
  'a link to the supervisor': async () => {
    const box = new TestBox();
    const supervisor = new FakeSupervisor(box.home, () => undefined);
    await supervisor.start();
    const part = new SupervisorLink({
      path: boxPaths(box.home).supervisorSocket,
      greet: () => [],
      onShutdown: () => undefined,
      onRequest: () => Promise.resolve(),
    });
    const running = async (): Promise<number> => {
      // The other end sees a connection that ended in the next turns of the event loop.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      return supervisor.peers.filter((peer) => !peer.isClosed).length;
    };
    return { part, running, cleanUp: () => supervisor.stop().then(() => box.end()) };
  },
  'the definitions': () => {
    const box = new TestBox();
    const clock = new FakeClock();
    const part = new Definitions({
      config: () => box.config,
      router: { route: () => new Promise<CommandResult>(() => undefined) },
      workerOf: () => undefined,
      isExpected: () => false,
      logger: silentLogger,
      clock,
    });
    return { part, running: () => clock.sleeping, cleanUp: () => box.end() };
  },
  'wanted servers, one of which is being started': () => {
    const box = new TestBox();
    const clock = new FakeClock();
    const book = new DefinitionBook({ home: box.home, logger: silentLogger, clock });
    const wanted = { serverId: 'a', wanted: 'up', revision: 1 } as Definition; // the part reads no more of it
    let starts = 0;
    const part = new WantedServers({
      book: Object.assign(book, { all: () => [wanted] }),
      isThere: () => false,
      areHeld: () => false,
      route: async () => {
        starts++;
        await Promise.resolve();
        starts--;
        return { serverId: 'a', state: 'up' };
      },
      logger: silentLogger,
      clock,
    });
    return { part, running: () => clock.sleeping + starts, cleanUp: () => box.end() };
  },
  'unused servers': () => {
    const box = new TestBox();
    const clock = new FakeClock();
    const part = new UnusedServers({
      config: () => box.config,
      servers: () => [],
      isAtRest: () => Promise.resolve(false),
      forget: () => Promise.resolve(),
      logger: silentLogger,
      clock,
    });
    return { part, running: () => clock.sleeping, cleanUp: () => box.end() };
  },
  'a queue': () => {
    const box = new TestBox();
    const clock = new FakeClock();
    const part = new BoxQueue({ config: box.config, logger: silentLogger, greet: () => [], clock });
    return {
      part,
      running: () => clock.sleeping + Number(existsSync(boxPaths(box.home).queueSocket)),
      cleanUp: () => box.end(),
    };
  },
};

describe.each(Object.entries(parts))('%s', (_name, make) => {
  it.each(startStopContract(make))('%s', (_rule, keeps) => keeps());
});
