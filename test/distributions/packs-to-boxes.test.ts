import { readFileSync, statSync } from 'node:fs';
import { requestOnce, type BoxFetchState, type DistributionsResult, type DistributionView } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { RedisServer } from '../../packages/queue/test/support/redis-server';
import { assertBuilt, RealBox } from '../box/real-box';
import { MadePack, PackServer } from './pack-server';

/** The size of the pack. The figures of docs/distributions.md are those of 1024. */
const mebibytes = Number(process.env['PINKY_TEST_PACK_MIB'] ?? 64);

/** A user of Redis who may do what docs/redis.md says. */
const user = 'user pinky on >secret ~pinky:* ~server:* ~bull:pinky-* +@read +@write +@connection +@scripting ' +
  '+@transaction -@dangerous +info +time';

/** Three boxes, three homes, one Redis. */
describe('a pack on its way to boxes', () => {
  const redis = new RedisServer(['appendonly yes', user]);
  const pack = new MadePack(mebibytes);
  const server = new PackServer(pack);
  const boxes: Record<string, RealBox> = {};
  let sums: { readonly sha256: string; readonly md5: string };

  beforeAll(async () => {
    assertBuilt();
    await Promise.all([redis.start(), server.start()]);
    sums = pack.sums();
    for (const name of ['a', 'b', 'c']) {
      const address = `redis://pinky:secret@127.0.0.1:${redis.port}`;
      boxes[name] = new RealBox(`box: ${name}\nredis: ${address}\ngroups: {all: [a, b, c]}\ndisk: {reserve: 0}\n`);
      expect((await pinky(name, 'up', '--daemonize')).code).toBe(0);
    }
  });
  afterAll(async () => {
    for (const box of Object.values(boxes)) await box.end();
    await Promise.all([server.end(), redis.end()]);
  });

  function pinky(name: string, ...args: string[]) {
    const box = boxes[name];
    if (!box) throw new Error(`there is no box ${name}`);
    return box.pinky(args);
  }
  /** As the command asks for it, without the start of a process each time. */
  async function listed(id: string): Promise<DistributionView> {
    const params = { name: 'distributions', data: { distribution: id } };
    const path = boxes['a']?.file('queue.sock') ?? '';
    const answer = await requestOnce({ path }, 'command', params, { deadlineMs: 20_000 }) as DistributionsResult;
    return answer.distributions[0] ?? Promise.reject(new Error(`${id} is not listed`));
  }
  const statesOf = ({ boxes: each = [] }: DistributionView): BoxFetchState[] => each.map(({ state }) => state);
  const untilStates = (id: string, ...states: BoxFetchState[]): Promise<DistributionView> =>
    until(`the boxes are ${states.join()}`, async () => {
      const view = await listed(id);
      return statesOf(view).join() === states.join() && view;
    });

  it('is cut in the middle, goes on from there, is verified by each box, and reaches one that was away', async () => {
    expect((await pinky('c', 'down')).code).toBe(0);
    const begunAt = Date.now();
    const asked = await pinky('a', 'distribute', server.url, '--sha256', sums.sha256, '--group', 'all');
    expect(asked).toMatchObject({ code: 0, answer: { state: 'running', group: 'all', counts: { boxes: 3 } } });
    const { id } = asked.answer as DistributionView;
    await until('two boxes have half of it', () => server.held === 2);
    await until('their progress is listed while they fetch', async () => {
      const [one, two, three] = (await listed(id)).boxes ?? [];
      const isHalf = [one, two].every((each) =>
        each?.state === 'fetching' && each.progress?.totalBytes === pack.bytes && each.progress.bytes > pack.bytes / 4);
      return isHalf && three?.state === 'away';
    });
    server.cut();
    await untilStates(id, 'done', 'done', 'away');
    expect((await pinky('c', 'up', '--daemonize')).code).toBe(0);
    await until('the third has half of it', () => server.held === 1);
    server.cut();
    await untilStates(id, 'done', 'done', 'done');
    const done = await until('the whole is done', async () => {
      const view = await listed(id);
      return view.state === 'done' && view;
    });
    expect((await pinky('a', 'distributions', id)).answer).toEqual(done);
    expect(done.boxes?.map(({ sha256 }) => sha256)).toEqual(Array(3).fill(sums.sha256));
    for (const box of Object.values(boxes)) {
      const path = box.file('cache', 'funpacks', sums.sha256);
      expect(statSync(`${path}/data.bin`).size).toBe(pack.dataBytes);
      expect(JSON.parse(readFileSync(`${path}/funpack.json`, 'utf8'))).toMatchObject({ name: 'large' });
    }
    const rests = server.begins.filter((begin) => begin > 0);
    expect([server.begins.length, rests.length]).toEqual([6, 3]);
    expect(server.sentBytes).toBeLessThan(pack.bytes * 3.5); // nothing was begun anew
    process.stdout.write(`${mebibytes} MiB to three boxes: ${((Date.now() - begunAt) / 1_000).toFixed(1)} s\n`);
  });

  it('is proved by its MD5 where the publisher tells only that, and refused where it is another', async () => {
    server.stopCutting();
    const wrong = await pinky('a', 'distribute', `${server.url}?2`, '--md5', 'f'.repeat(32), '--boxes', 'b,c');
    const refused = await untilStates((wrong.answer as DistributionView).id, 'failed', 'failed');
    expect(refused.boxes?.map(({ error }) => error?.code)).toEqual(['checksum_mismatch', 'checksum_mismatch']);
    const right = await pinky('a', 'distribute', `${server.url}?3`, '--md5', sums.md5, '--boxes', 'b');
    const done = await untilStates((right.answer as DistributionView).id, 'done');
    expect(done.boxes?.[0]?.sha256).toBe(sums.sha256);
    expect((await pinky('a', 'distributions')).answer.distributions.length).toBe(3);
  });
});
