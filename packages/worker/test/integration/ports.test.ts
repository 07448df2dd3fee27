import { createServer, type Server } from 'node:net';
import { readdirSync } from 'node:fs';
import { boxPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';

describe('the ports of a game', () => {
  let box: Box;
  let stranger: Server | undefined;
  beforeAll(async () => { box = await Box.open(); });
  afterAll(() => box.close());
  afterEach(async () => {
    await new Promise((done) => { if (stranger) stranger.close(done); else done(undefined); });
    stranger = undefined;
  });

  const named = { query: { protocol: 'udp', offset: 1 }, rcon: { protocol: 'tcp' } } as const;
  const pack = () => box.funpack('listens-elsewhere.cjs', { listens: true, ports: named });
  const taken = () => readdirSync(boxPaths(box.home).ports).toSorted();
  const occupy = (port: number) => new Promise<void>((done) => {
    stranger = createServer().listen(port, '127.0.0.1', done);
  });

  it('are claimed, published and given back; one that nothing of the game has bound is told, until it is', async () => {
    box.startWorker('one');
    const { port = 0, ports } = await box.start('one', pack());
    expect(ports).toEqual({ query: port + 1, rcon: port + 2 });
    expect(taken()).toEqual([port, port + 1, port + 2].map(String));
    expect(box.queue.events('one').find(({ type }) => type === 'launched')).toMatchObject({ port, ports });
    const late = await box.queue.status('one', ({ warnings }) => warnings !== undefined, 'a warning');
    const message = `nothing of the game listens on port ${port}; it listens on ${port + 1}, ${port + 2}`;
    expect(late).toMatchObject({ state: 'up', port, ports, warnings: [message] });
    await until('the event is there', () => box.queue.events('one').some(({ type }) => type === 'warning'));
    const [warning] = box.queue.events('one').filter(({ type }) => type === 'warning');
    expect(warning).toMatchObject({ kind: 'not_listening', port, listens: [port + 1, port + 2], message });
    await box.stop('one');
    expect(taken()).toEqual([]);
  });

  it('raise no warning if a process that the game has started binds the port in time', async () => {
    box.startWorker('two');
    await box.start('two', pack());
    await box.command('console', { serverId: 'two', line: 'listen' });
    // A game that began later and never listens has had its time.
    box.startWorker('later');
    await box.start('later', pack());
    await box.queue.status('later', ({ warnings }) => warnings !== undefined, 'a warning');
    await box.stop('later');
    expect(box.queue.events('two').filter(({ type }) => type === 'warning')).toEqual([]);
    expect(await box.stop('two')).toMatchObject({ state: 'down' });
  });

  it('move away from a stranger on a named one, unless the port was given', async () => {
    const first = box.config.ports.first;
    await occupy(first + 1);
    box.startWorker('three');
    const tcp = { query: { protocol: 'tcp', offset: 1 } } as const;
    const funpack = box.funpack('listens-elsewhere.cjs', { ports: { ...tcp, rcon: {} } });
    const given = {
      serverId: 'three',
      funpack: { url: funpack },
      ram: { min: 64, max: 64 },
      settings: {},
      port: first,
      isPortFixed: true,
    };
    await expect(box.command('start', given)).rejects.toMatchObject({
      code: 'port_taken',
      message: expect.stringContaining(`port ${first + 1} for query`),
    });
    expect(await box.start('three', funpack)).toMatchObject({ portWas: first, ports: { query: first + 3 } });
    await box.stop('three');
    expect(taken()).toEqual([]);
  });
});
