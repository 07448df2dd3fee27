import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { boxPaths, type Definition, type Schedule } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { boxSetup } from '../support/box-setup.js';
import { QueueProcess, QueueProgramFile } from '../support/queue-process.js';

jest.setTimeout(120_000);

const program = new QueueProgramFile();
beforeAll(() => program.make('queue/test/support/shifted-queue.ts'));
afterAll(() => program.remove());
const setup = boxSetup();

/** A moment before the run is due, by the clock of the queue. */
const due = Date.UTC(2026, 10, 30, 4);
const schedule: Schedule = {
  id: 'nightly0',
  when: '0 4 * * *',
  tz: 'UTC',
  do: ['backup', { console: 'save-all' }, 'restart'],
  lateMs: 120_000,
  doneUntil: due - 60_000,
};

/** Writes what a queue finds: a server with one schedule, and a clock that says a moment before it. */
function prepare(home: string): { readonly now: () => Schedule | undefined } {
  const path = boxPaths(home).definition('a');
  const definition: Definition = {
    format: 1,
    serverId: 'a',
    revision: 1,
    changedIn: 1,
    funpack: { url: '/x' },
    ram: { min: 16, max: 16 },
    settings: {},
    wanted: 'up',
    wantedSince: 1,
    schedules: [schedule],
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(definition));
  writeFileSync(join(home, 'clock-shift'), String(due - 200 - Date.now()));
  // the queue writes this file whole or not at all
  return { now: () => (JSON.parse(readFileSync(path, 'utf8')) as Definition).schedules?.[0] };
}

it('obeys each step of a run once, though the queue is killed at every point of it', async () => {
  const box = setup.box();
  mkdirSync(join(box.config.servers, 'a'));
  const { now } = prepare(box.home);
  const answered: string[] = [];
  let letAnswer = (): void => undefined;
  const worker = setup.worker(box, 'a', {
    answer: async ({ name }) => {
      await new Promise<void>((resolve) => { letAnswer = resolve; });
      answered.push(name);
      return { serverId: 'a', state: 'up' };
    },
  });
  let queue = new QueueProcess(program, box.home);
  setup.atEnd(() => queue.end('SIGKILL'));
  const killAt = async (point: string, isReached: () => boolean): Promise<void> => {
    await until(point, isReached);
    await queue.end('SIGKILL');
    queue = new QueueProcess(program, box.home);
  };

  await killAt('the run is written down', () => now()?.running?.step === 0);
  await killAt('its first step has come', () => worker.commands.length === 1);
  letAnswer();
  await killAt('the second step is written down', () => now()?.running?.step === 1);
  await killAt('the second step has come', () => worker.commands.length === 2);
  letAnswer();
  await killAt('the second step is answered', () => answered.length === 2);
  await until('the third step has come', () => worker.commands.length === 3);
  letAnswer();
  await killAt('the third step is answered', () => answered.length === 3);
  await until('the run is over', () => now()?.last !== undefined && now()?.running === undefined);

  expect(worker.commands.map(({ name }) => name)).toEqual(['backup', 'console', 'restart']);
  expect(worker.commands.map(({ id }) => id)).toEqual([0, 1, 2].map((step) => `schedule:nightly0:${due}:${step}`));
  expect(now()).toMatchObject({ doneUntil: due, last: { due, outcome: 'done' } });
  await queue.end('SIGKILL');
});
