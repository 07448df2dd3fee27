import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { titlePadding } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { chat, HooksHome, upTo } from '../support/hooks-home.js';
import { Receiver } from '../support/receiver.js';

// The real program, as the supervisor starts it. `npm run build` makes it.
const program = resolve(__dirname, '../../dist/main.js');
const kills = 12;
const count = 1_000;

let home: HooksHome;
let receiver: Receiver;
/** Every process of this file. A test that fails in between leaves none. */
const started: ChildProcess[] = [];
let isOver = false;
beforeAll(async () => {
  if (!existsSync(program)) throw new Error('nothing is built; run `npm run build` first');
  [home, receiver] = await Promise.all([new HooksHome().start(), new Receiver().start()]);
});
afterAll(async () => {
  isOver = true;
  for (const process of started) process.kill('SIGKILL');
  await receiver.end();
  await home.end();
});

function start(): ChildProcess {
  if (isOver) throw new Error('the test is over');
  const child = spawn(process.execPath, [program, titlePadding], {
    env: { ...process.env, PINKY_HOME: home.home },
    stdio: 'inherit',
  });
  started.push(child);
  return child;
}

async function end(process: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(process, 'exit');
  process.kill(signal);
  await gone;
}

it(`loses none of ${count} events and repeats each with its id, though its receiver fails half`, async () => {
  const { secret } = home.add({ url: receiver.url });
  home.configure({ firstPauseMs: 1 });
  // Every second request fails: it is refused or cut off.
  receiver.answer = (_heard, nth) => (nth % 2 === 0 ? 204 : nth % 4 === 1 ? 500 : 'cut');
  const ids: string[] = [];
  for (let from = 0; from < count; from += 50) ids.push(...(await home.publish(upTo(50).map((n) => chat(from + n)))));
  let living = start();
  for (let nth = 1; nth <= kills; nth++) {
    const goal = receiver.taken.length + 10 + (nth * 7) % 13;
    await until(`it goes on after ${nth - 1} kills`, () => receiver.taken.length >= goal, { everyMs: 1 });
    await end(living, 'SIGKILL');
    living = start();
  }
  const takenIds = (): Set<string> => new Set(receiver.taken.map(({ json }) => json.data.id));
  await until('every event was taken', () => takenIds().size === count, { timeoutMs: 120_000 });
  await until('the outbox is empty', async () => (await home.client.xlen(home.keys.outbox)) === 0);
  expect(readFileSync(`/proc/${living.pid}/cmdline`, 'utf8')).toMatch(/^pinky: webhooks \[box 1\]/);
  await end(living, 'SIGTERM');

  expect([...takenIds()]).toEqual(ids); // in order of the first time that each was taken
  const messageIds = new Map<string, Set<string>>();
  for (const { id, json } of receiver.heard) {
    messageIds.set(json.data.id, (messageIds.get(json.data.id) ?? new Set()).add(id));
  }
  expect([...messageIds.values()].filter((one) => one.size !== 1)).toEqual([]);
  expect(new Set([...messageIds.values()].flatMap((one) => [...one])).size).toBe(count);
  const webhook = new Webhook(secret);
  for (const { body, headers } of receiver.heard) webhook.verify(body, headers as Record<string, string>); // all
  // A kill costs at most the one message that was under way.
  expect(receiver.taken.length).toBeLessThanOrEqual(count + kills);
});

it('is one process for a home, and says so', async () => {
  const first = start();
  const log = join(home.paths.logDir, 'webhooks.log');
  const before = readFileSync(log, 'utf8').length;
  const sinceThen = (): string => readFileSync(log, 'utf8').slice(before);
  await until('it runs', () => sinceThen().includes('webhooks.started'));
  const [code] = await once(start(), 'exit');
  expect(code).toBe(4);
  expect(sinceThen()).toContain('webhooks.already_running');
  await end(first, 'SIGTERM');
});
