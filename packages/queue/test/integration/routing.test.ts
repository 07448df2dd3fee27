import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, openPeer, type Peer, PinkyError, type ServerStatus } from '@pinky/protocol';
import { FakeClock, until } from '@pinky/protocol/testing';
import { FakeSupervisor, type TestBox } from '../support/box.js';
import { boxSetup } from '../support/box-setup.js';
import type { Answer, FakeWorker, FakeWorkerOptions } from '../support/fake-worker.js';

// These tests have no Redis: the sockets serve without one.
const setup = boxSetup();
let box: TestBox;
let clock: FakeClock;
let cli: Peer;
let supervisor: FakeSupervisor | undefined;

const worker = (serverId: string, more: Partial<FakeWorkerOptions> = {}): FakeWorker =>
  setup.worker(box, serverId, more);

/** Resolves when the queue knows the worker. */
const known = (serverId: string, pid?: number): Promise<true> =>
  until(`the queue knows the worker of ${serverId}`, async () => {
    const statuses = await ask('servers', {}) as ServerStatus[];
    const isHere = statuses.some((status) => status.serverId === serverId);
    return isHere && (pid === undefined || arrivals().includes(pid));
  });

const arrivals = (): unknown[] =>
  box.log.filter((record) => record.event === 'worker.arrived').map((record) => record['worker']);
const ask = (method: string, params: unknown): Promise<unknown> => cli.request(method, params, { deadlineMs: 60_000 });
const command = (name: string, data: Record<string, unknown>, id?: string): Promise<unknown> =>
  ask('command', { name, data, id });
const codeOf = (failing: Promise<unknown>): Promise<string> =>
  failing.then(
    () => 'none',
    (error: unknown) => (error instanceof PinkyError ? error.code : String(error)),
  );
const hang: Answer = () => new Promise(() => undefined);

beforeEach(async () => {
  supervisor = undefined;
  clock = new FakeClock();
  box = setup.box();
  await box.startQueue(clock);
  setup.atEnd(() => supervisor?.stop());
  cli = await openPeer({ path: boxPaths(box.home).queueSocket }, {});
  setup.atEnd(() => cli.destroy());
});

it('answers commands, and lists servers, while there is no Redis', async () => {
  worker('a', { players: ['ann'] });
  await known('a');
  expect(await command('list', { serverId: 'a' })).toEqual({ serverId: 'a', state: 'up' });
  expect(await codeOf(command('fly', { serverId: 'a' }))).toBe('unknown_command');
  expect(await codeOf(command('list', { serverId: '../a' }))).toBe('bad_server_id');
  expect(await codeOf(ask('nonsense', {}))).toBe('unsupported');
});

it('joins a command whose id is already in hand', async () => {
  let release = (): void => undefined;
  const game = worker('a', {
    answer: () =>
      new Promise((resolve) => {
        release = () => resolve({ serverId: 'a', state: 'up', players: ['once'] });
      }),
  });
  await known('a');
  const both = [command('list', { serverId: 'a' }, 'same'), command('list', { serverId: 'a' }, 'same')];
  await game.until(() => game.commands.length === 1);
  release();
  expect(await Promise.all(both)).toEqual(Array(2).fill({ serverId: 'a', state: 'up', players: ['once'] }));
  expect(game.commands).toHaveLength(1);
});

it('sends what a lost worker did not answer to its successor, in order and with the same ids', async () => {
  supervisor = new FakeSupervisor(box.home, () => undefined);
  await supervisor.start();
  const first = worker('a', { answer: hang });
  await known('a');
  const answers = ['1', '2', '3'].map((message) => command('broadcast', { serverId: 'a', message }));
  await first.until(() => first.commands.length === 3);
  first.kill();
  const second = worker('a');
  await Promise.all(answers);
  expect(second.commands.map(({ id }) => id)).toEqual(first.commands.map(({ id }) => id));
});

it('gets the recorded answer of a command that ran before the worker was lost', async () => {
  const first = worker('a', { answer: (each) => ({ serverId: 'a', state: 'up', players: [each.id] }) });
  await known('a');
  const answers = first.answers;
  await command('list', { serverId: 'a' }, 'q1');
  first.kill();
  mkdirSync(join(box.config.servers, 'a'), { recursive: true });
  const again = command('list', { serverId: 'a' }, 'q1');
  const second = worker('a', { answers });
  expect(await again).toEqual({ serverId: 'a', state: 'up', players: ['q1'] });
  expect(second.commands).toEqual([]);
});

it('waits for the worker of a server with a folder, and answers not_running if there is none', async () => {
  expect(await codeOf(command('tell', { serverId: 'b', user: 'ann', message: 'hi' }))).toBe('not_running');
  mkdirSync(join(box.config.servers, 'b'), { recursive: true });
  const told = command('tell', { serverId: 'b', user: 'ann', message: 'hi' });
  worker('b');
  expect(await told).toEqual({ serverId: 'b', state: 'up' });
});

it('answers supervisor_unreachable when no supervisor comes in time', async () => {
  const code = codeOf(command('start', { serverId: 'new', funpack: '/f' }));
  await answered(code);
  expect(await code).toBe('supervisor_unreachable');
});

it('answers worker_unreachable when the supervisor starts one that never says hello', async () => {
  supervisor = new FakeSupervisor(box.home, () => undefined);
  await supervisor.start();
  const code = codeOf(command('start', { serverId: 'new', funpack: '/f' }));
  await isAsked(supervisor, 100);
  await answered(code);
  expect(await code).toBe('worker_unreachable');
  expect(supervisor.asked.length).toBeGreaterThan(5);
});

it('gives a worker that found room late the whole time to boot, and explains what is waited for', async () => {
  let isFull = true;
  supervisor = new FakeSupervisor(box.home, (serverId) => {
    if (isFull) throw new PinkyError('no_processes', `server ${serverId}: spawn node EMFILE`);
  });
  await supervisor.start();
  const answer = command('start', { serverId: 'new', funpack: '/f' });
  const { asked } = supervisor;
  await isAsked(supervisor, 100);
  await until('it is explained', async () => {
    const { waits } = (await ask('explain', { serverId: 'new' })) as { readonly waits?: string };
    return waits?.includes('EMFILE') === true;
  });
  expect(await ask('waiting', {})).toEqual({ new: expect.stringContaining('EMFILE') });
  await clock.advance(25_000);
  isFull = false;
  const before = asked.length;
  await until('the supervisor starts one', async () => {
    await clock.advance(100);
    return asked.length > before;
  });
  await clock.advance(20_000);
  worker('new');
  expect(await answer).toMatchObject({ serverId: 'new' });
  expect(await ask('waiting', {})).toEqual({});
});

it('asks again while the machine has no room for a worker, and says so when it never has', async () => {
  let isFull = true;
  let isStarted = false;
  supervisor = new FakeSupervisor(box.home, (serverId) => {
    if (isFull) throw new PinkyError('no_processes', `server ${serverId}: spawn node EAGAIN`);
    if (!isStarted) worker(serverId);
    isStarted = true;
  });
  await supervisor.start();
  const never = codeOf(command('start', { serverId: 'new', funpack: '/f' }));
  await isAsked(supervisor, 100);
  await answered(never);
  expect(await never).toBe('no_processes');
  const answer = command('start', { serverId: 'new', funpack: '/f' });
  const { asked } = supervisor;
  const before = asked.length;
  await until('it is asked again', async () => {
    await turn(100);
    return asked.length > before;
  });
  isFull = false;
  await answered(answer);
  expect(await answer).toMatchObject({ serverId: 'new' });
});

it('passes on the supervisor\'s answer', async () => {
  supervisor = new FakeSupervisor(box.home, () => { throw new PinkyError('box_stopping', 'no more workers'); });
  await supervisor.start();
  const code = codeOf(command('start', { serverId: 'new', funpack: '/f' }));
  await isAsked(supervisor, 100);
  expect(await code).toBe('box_stopping');
});

it('answers deadline_exceeded when a worker does not answer by the command\'s deadline', async () => {
  const game = worker('a', { answer: hang });
  await known('a');
  const code = codeOf(command('list', { serverId: 'a', deadlineMs: 2_000 }));
  await game.until(() => game.commands.length === 1);
  expect(game.commands[0]?.deadlineMs).toBe(2_000);
  await clock.advance(2_500);
  expect(await code).toBe('deadline_exceeded');
});

it('listens only to the newest process of a server', async () => {
  const old = worker('a');
  await known('a', old.pid);
  const young = worker('a', { state: 'starting' });
  await known('a', young.pid);
  old.say({ state: 'crashed' });
  await command('list', { serverId: 'a' });
  expect(old.commands).toEqual([]);
  expect(young.commands).toHaveLength(1);
  expect(await ask('servers', {})).toMatchObject([{ state: 'starting' }]);
});

it('explains a server by its worker, and by the last status when that is gone', async () => {
  const game = worker('a');
  await known('a');
  expect(await ask('explain', { serverId: 'a' })).toMatchObject({ because: 'the worker says so' });
  game.say({ state: 'down', because: 'pinky stop' });
  await command('list', { serverId: 'a' });
  game.kill();
  await until('the queue has lost the worker', async () => (await ask('servers', {}) as unknown[]).length === 0);
  expect(await ask('explain', { serverId: 'a' })).toMatchObject({ state: 'down', because: 'pinky stop' });
  expect(await ask('explain', { serverId: 'never' })).toMatchObject({ state: 'down' });
  mkdirSync(join(box.config.servers, 'a'), { recursive: true });
  expect(await ask('explain', { serverId: 'a' })).toMatchObject({ because: 'its worker is away' });
});

it('asks the supervisor for missing workers, once they had time to say hello', async () => {
  mkdirSync(join(box.config.servers, 'lonely'), { recursive: true });
  supervisor = new FakeSupervisor(box.home, () => undefined);
  await supervisor.start();
  await until('the queue has reached the supervisor', () => supervisor?.peers.length);
  await clock.advance(5_000);
  await isAsked(supervisor, 0);
  expect(supervisor.asked).toEqual(['lonely']);
  rmSync(join(box.config.servers, 'lonely'), { recursive: true });
});

it('starts nothing while the box is stopping, and still runs other commands', async () => {
  worker('a');
  await known('a');
  expect(await ask('drain', {})).toEqual({ left: 0 });
  expect(await codeOf(command('start', { serverId: 'new', funpack: '/f' }))).toBe('box_stopping');
  expect(await command('list', { serverId: 'a' })).toEqual({ serverId: 'a', state: 'up' });
});

it('tells what a game and the processes of its group cost', async () => {
  worker('a', { pid: process.pid });
  await known('a');
  const usage = await until('what the game of a costs is known', async () => {
    let answer: Record<string, { memoryBytes: number }> | undefined;
    void ask('usage', {}).then((usage) => { answer = usage as typeof answer; });
    await until('it is answered', async () => { // it is measured for a moment
      await turn(10_000);
      return answer;
    });
    return answer?.['a'];
  });
  expect(usage.memoryBytes).toBeGreaterThan(1_000_000);
});

/** Resolves when the supervisor has been asked for a worker. Meanwhile `ms` pass between two looks. */
const isAsked = (by: FakeSupervisor, ms: number): Promise<true> =>
  until('the supervisor is asked for a worker', async () => by.asked.length > 0 || (await turn(ms), false));

/** Lets time pass until there is an answer. It may have been asked for a little later than now. */
async function answered(answer: Promise<unknown>): Promise<void> {
  let isOver = false;
  void answer.finally(() => { isOver = true; });
  await until('it is answered', async () => {
    await turn(1_000);
    return isOver;
  });
}

/** Lets time pass and sockets be heard. */
async function turn(ms: number): Promise<void> {
  await clock.advance(ms);
  await ask('servers', {});
}
