import { DefinedBench } from '../support/defined-bench.js';

describe('a definition without a start', () => {
  let bench: DefinedBench;
  beforeEach(() => { bench = new DefinedBench(); });
  afterEach(() => bench.end());

  it('is made, wanted down, and asks no worker', async () => {
    const made = await bench.definitions.define({ serverId: 'a', funpack: { url: 'p' }, settings: { x: 1 } });
    expect(made).toEqual({ serverId: 'a', revision: 1 });
    expect(bench.onDisk).toMatchObject({ wanted: 'down', funpack: { url: 'p' }, settings: { x: 1 } });
    expect(await bench.definitions.define({ serverId: 'a', settings: { x: 1 } })).toMatchObject({ already: true });
    await expect(bench.definitions.define({ serverId: 'b' })).rejects.toMatchObject({ code: 'bad_command' });
    expect(bench.routed).toEqual([]);
  });

  it('of a server that is up applies at its next start, and keeps it wanted up', async () => {
    await bench.up();
    const changed = await bench.definitions.define({ serverId: 'a', settings: { y: 2 } });
    expect(changed).toMatchObject({ appliesAtNextStart: true });
    expect(bench.onDisk).toMatchObject({ wanted: 'up', settings: { x: 1, y: 2 }, revision: changed.revision });
  });

  it('changes nothing where it was changed meanwhile', async () => {
    const { revision } = await bench.definitions.define({ serverId: 'a', funpack: { url: 'p' } });
    await bench.definitions.define({ serverId: 'a', settings: { x: 1 } }, revision);
    const late = bench.definitions.define({ serverId: 'a', settings: { x: 2 } }, revision);
    await expect(late).rejects.toMatchObject({ code: 'changed_meanwhile' });
    expect(bench.onDisk).toMatchObject({ settings: { x: 1 } });
  });
});
