import { PinkyError, silentLogger, type ErrorCode } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { isBoxEnding } from '../../src/wanted/box-phase.js';
import { WantedTeller } from '../../src/wanted/wanted-teller.js';

const lost = new PinkyError('connection_lost', 'there is no queue');

describe('a worker whose server is to stay down', () => {
  const bench = (answers: (Error | undefined)[]) => {
    const clock = new FakeClock();
    const asked: { readonly because?: ErrorCode }[] = [];
    const ask = async (params: { readonly because?: ErrorCode }): Promise<void> => {
      asked.push(params);
      const answer = answers.shift();
      if (answer) throw answer;
    };
    return { clock, asked, teller: new WantedTeller({ serverId: 'one', ask, clock, log: silentLogger }) };
  };

  it('asks the queue until that has written it', async () => {
    const { clock, asked, teller } = bench([lost, lost]);
    teller.down('crash_loop');
    for (let step = 0; step < 5; step++) await clock.advance(200);
    await teller.settled(60_000);
    expect(asked).toEqual(Array.from({ length: 3 }, () => ({ serverId: 'one', because: 'crash_loop' })));
    await clock.advance(10_000);
    expect(asked).toHaveLength(3);
  });

  it('says that somebody stopped it, if that came while it asked for another reason, and keeps to it', async () => {
    const { clock, asked, teller } = bench([lost, lost, lost]);
    teller.down('start_timeout');
    await clock.advance(200);
    teller.down();
    teller.down('start_timeout');
    for (let step = 0; step < 5; step++) await clock.advance(200);
    await teller.settled(60_000);
    expect(asked.at(-1)).toEqual({ serverId: 'one' });
  });

  it('says it once more, if that came while the queue wrote the other reason', async () => {
    const { clock, asked, teller } = bench([]);
    teller.down('start_timeout');
    teller.down();
    for (let step = 0; step < 3; step++) await clock.advance(200);
    await teller.settled(60_000);
    expect(asked.at(-1)).toEqual({ serverId: 'one' });
  });

  it('has nothing to ask a queue that knows no definitions', async () => {
    const { asked, teller } = bench([new PinkyError('unsupported', 'an older queue')]);
    teller.down();
    await teller.settled(60_000);
    expect(asked).toEqual([{ serverId: 'one' }]);
  });

  it('waits for the queue only so long, and leaves the rest to the next worker', async () => {
    const { clock, asked, teller } = bench(Array.from({ length: 100 }, () => lost));
    teller.down();
    const settled = teller.settled(500);
    for (let step = 0; step < 3; step++) await clock.advance(200);
    await settled;
    teller.leave();
    const before = asked.length;
    await clock.advance(10_000);
    expect(asked).toHaveLength(before);
  });
});

describe('the end of a box', () => {
  const supervisor = (answer: (method: string) => unknown) => ({
    request: async (method: string): Promise<unknown> => answer(method),
  });

  it.each([
    ['running', false],
    ['detaching', false],
    ['draining', true],
    ['quitting', true],
  ])('is there: %s, %j', async (phase, isEnding) => {
    expect(await isBoxEnding(supervisor(() => ({ phase })))).toBe(isEnding);
  });

  it('is asked of an older supervisor in its own way', async () => {
    const older = supervisor((method) => {
      if (method === 'phase') throw new PinkyError('unsupported', 'an older one');
      return { phase: 'running', children: [] };
    });
    expect(await isBoxEnding(older)).toBe(false);
  });

  it('may be, where no supervisor answers', async () => {
    expect(await isBoxEnding(supervisor(() => { throw lost; }))).toBe(true);
  });
});
