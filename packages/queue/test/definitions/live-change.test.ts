import { PinkyError } from '@pinky/protocol';
import { DefinedBench } from '../support/defined-bench.js';

describe('a change of a server that is up', () => {
  let bench: DefinedBench;
  beforeEach(async () => {
    bench = await new DefinedBench().up();
  });
  afterEach(() => bench.end());

  const change = (settings: object) => bench.definitions.define({ serverId: 'a', settings: { ...settings } });

  it('goes to its worker first, which tells what holds now', async () => {
    bench.liveAnswer = async () => ({ live: ['x'], refused: {}, isWhole: true });
    const answer = await change({ x: 2 });
    expect(answer).toMatchObject({ serverId: 'a', live: ['x'] });
    expect(answer).not.toHaveProperty('appliesAtNextStart');
    const params = { settings: { x: 2, y: 1 }, given: ['x'] };
    expect(bench.asked).toMatchObject([{ method: 'changeSettings', params }]);
    expect(bench.onDisk).toMatchObject({ settings: { x: 2, y: 1 } });
  });

  it('waits for the next start where the game did not take all of it, and says why', async () => {
    const refused = { y: { code: 'bad_text' as const, message: 'it holds a quote' } };
    bench.liveAnswer = async () => ({ live: ['x'], refused, isWhole: false });
    expect(await change({ x: 2, y: '"' })).toMatchObject({ live: ['x'], refused, appliesAtNextStart: true });
  });

  it('is refused where no start would take it, and nothing is changed', async () => {
    bench.liveAnswer = () => Promise.reject(new PinkyError('bad_settings', 'x must be a number'));
    await expect(change({ x: 'z' })).rejects.toMatchObject({ code: 'bad_settings' });
    expect(bench.onDisk).toMatchObject({ settings: { x: 1, y: 1 } });
  });

  it('waits for the next start where an older worker has the server', async () => {
    const answer = await change({ x: 2 });
    expect(answer).toMatchObject({ appliesAtNextStart: true });
    expect(answer).not.toHaveProperty('live');
    expect(bench.onDisk).toMatchObject({ settings: { x: 2 } });
  });

  it('is told by a start of a server that is up, too', async () => {
    bench.liveAnswer = async () => ({ live: ['x'], refused: {}, isWhole: true });
    const answer = bench.send({ name: 'start', data: { serverId: 'a', settings: { x: 3 } } });
    bench.last?.answer.resolve({ serverId: 'a', state: 'up', already: true });
    expect(await answer).toMatchObject({ live: ['x'] });
    expect(await answer).not.toHaveProperty('appliesAtNextStart');
  });

  it('is asked of nobody while the server is down', async () => {
    bench.says({ state: 'down' });
    await change({ x: 2 });
    expect(bench.asked).toEqual([]);
  });
});

describe('a change that a game has announced', () => {
  let bench: DefinedBench;
  beforeEach(async () => {
    bench = await new DefinedBench().up();
  });
  afterEach(() => bench.end());

  it('goes into the definition, and asks for no start', async () => {
    const before = bench.onDisk;
    await bench.definitions.announced('a', { x: 9 }, { x: 1 });
    expect(bench.onDisk).toMatchObject({ settings: { x: 9, y: 1 } });
    expect(bench.onDisk).toHaveProperty('changedIn', typeof before === 'object' ? before.changedIn : undefined);
  });

  it('does not undo what an operator has changed since the game was started', async () => {
    await bench.definitions.define({ serverId: 'a', settings: { x: 5 } });
    await bench.definitions.announced('a', { x: 9, y: 2 }, { x: 1, y: 1 });
    expect(bench.onDisk).toMatchObject({ settings: { x: 5, y: 2 } });
  });

  it('counts for a setting that had no value before', async () => {
    await bench.definitions.announced('a', { z: 9 }, { z: null });
    expect(bench.onDisk).toMatchObject({ settings: { z: 9 } });
  });
});
