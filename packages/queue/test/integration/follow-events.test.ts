import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { PrivateRedis } from '../support/private-redis';

const root = resolve(__dirname, '../../../..');
const example = join(root, 'packages/queue/examples/follow-events.mjs');
const redis = new PrivateRedis();
const folder = mkdtempSync(join(tmpdir(), 'pinky-follow-'));
beforeAll(() => redis.start());
afterAll(async () => {
  await Promise.all(followers.map((follower) => follower.kill()));
  await redis.end();
  rmSync(folder, { recursive: true, force: true });
});

const followers: FollowingExample[] = [];

/** The example as a process, and what it has printed. */
class FollowingExample {
  out = '';
  err = '';
  readonly #child: ChildProcess;

  constructor() {
    this.#child = spawn(process.execPath, [example], {
      env: {
        ...process.env,
        REDIS: redis.socket,
        REDIS_PASSWORD: redis.password,
        POSITION: join(folder, 'position'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (text) => (this.out += String(text)));
    this.#child.stderr?.on('data', (text) => (this.err += String(text)));
    followers.push(this);
  }

  get ids(): readonly number[] {
    return [...this.out.matchAll(/^1:run:(\d+) /gm)].map(([, id]) => Number(id));
  }

  async sees(id: number): Promise<void> {
    await until(`event ${id}`, () => this.ids.at(-1) === id);
  }

  /** Resolves when a successor would go on behind this event: what was printed is not always kept yet. */
  async keeps(id: number): Promise<void> {
    await until(`event ${id} is kept`, () => readFileSync(join(folder, 'position'), 'utf8').includes(`"1:run:${id}"`));
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

const publish = async (from: number, to: number): Promise<void> => {
  const client = redis.client();
  for (let id = from; id <= to; id += 1) {
    const event = { event: 'server_event', type: 'chat', server_id: '1', id: `1:run:${id}`, user: 'al', message: 'hi' };
    await client.lpush('server:events', JSON.stringify(event));
  }
};
const upTo = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('the example that follows events', () => {
  it('is what the page of Redis shows', () => {
    const page = readFileSync(join(root, 'docs/redis.md'), 'utf8');
    const [, , ...code] = readFileSync(example, 'utf8').trim().split('\n');
    expect(page).toContain(code.join('\n'));
  });

  it('reads every event once and in order, also those that came while it was dead', async () => {
    await publish(1, 250);
    const first = new FollowingExample();
    await first.sees(250);
    await publish(251, 260);
    await first.sees(260);
    await first.keeps(260);
    await first.kill();
    expect(first.ids).toEqual(upTo(1, 260));
    await publish(261, 400);
    const second = new FollowingExample();
    await second.sees(400);
    await second.keeps(400);
    expect(second.ids).toEqual(upTo(261, 400));
    expect(second.err).toBe('');
    await second.kill();
  });

  it('says so if events were removed before it read them, and goes on with those that are there', async () => {
    await publish(401, 500);
    await redis.client().ltrim('server:events', 0, 9);
    const third = new FollowingExample();
    await third.sees(500);
    expect(third.ids).toEqual(upTo(491, 500));
    expect(third.err).toContain('events were removed');
    await third.kill();
  });
});
