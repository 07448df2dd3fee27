import { lifecycle, serverEvents, serverStates } from '@pinky/protocol';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { inState } from '../fakes/states.js';
import { tempDir } from '../temp.js';

/** The acts of a test on a server in a state, and with it the changes that are seen. */
type Scenario = (dir: string) => Promise<LifeBench>;

const crash = async (bench: LifeBench): Promise<void> => {
  bench.machine.game.exit({ signal: 'SIGSEGV' });
  await turns();
};

const scenarios: Readonly<Record<string, Scenario>> = {
  'a start that comes up, and is stopped': async (dir) => {
    const bench = await inState(dir, 'up');
    await bench.command('stop');
    return bench;
  },
  'a start that fails, and the next one, which is stopped': async (dir) => {
    const bench = await inState(dir, 'failed');
    bench.holdPreparation();
    void bench.command('start');
    await turns();
    await bench.command('stop');
    return bench;
  },
  'a stop of what has failed': async (dir) => {
    const bench = await inState(dir, 'failed');
    await bench.command('stop');
    return bench;
  },
  'a start that cannot be launched': async (dir) => {
    const bench = new LifeBench(dir);
    bench.machine.launchError = new Error('spawn sh EAGAIN');
    await bench.command('start').catch(() => undefined);
    return bench;
  },
  'a game that does not get ready': async (dir) => {
    const bench = await inState(dir, 'starting');
    await bench.pass(120_000);
    return bench;
  },
  'a game that does not get ready, and cannot be cleared away': async (dir) => {
    const bench = await inState(dir, 'starting');
    bench.files.failure = 'EIO';
    await bench.pass(120_000);
    return bench;
  },
  'a stop while the game loads': async (dir) => {
    const bench = await inState(dir, 'starting');
    await bench.command('stop');
    return bench;
  },
  'a game that crashes while it loads, until nobody launches it any more': async (dir) => {
    const bench = await inState(dir, 'starting');
    for (let n = 0; n < 5; n++) {
      await crash(bench);
      await bench.pass(10_000);
    }
    return bench;
  },
  'a game that crashes when it is up, until nobody launches it any more': async (dir) => {
    const bench = await inState(dir, 'up');
    for (let n = 0; n < 5; n++) {
      await crash(bench);
      await bench.pass(10_000);
    }
    return bench;
  },
  'a game that crashes, and cannot be launched any more': async (dir) => {
    const bench = await inState(dir, 'crashed');
    loseProgram(bench);
    for (let n = 0; n < 3; n++) await bench.pass(10_000);
    return bench;
  },
  'a stop in the pause after a crash': async (dir) => {
    const bench = await inState(dir, 'crashed');
    await bench.command('stop');
    return bench;
  },
  'a crashed game whose port somebody took': async (dir) => {
    const bench = await inState(dir, 'crashed');
    bench.ports.strangers.add(10_000);
    await bench.pass(10_000);
    return bench;
  },
  'a final backup that fails, of a world that cannot be moved': async (dir) => {
    const bench = await inState(dir, 'up');
    bench.life.parking.park = () => undefined;
    bench.store.error = new Error('the share is gone');
    await bench.command('stop').catch(() => undefined);
    return bench;
  },
};

/** A funpack whose program is gone: a launch fails before there is anything to launch. */
function loseProgram(bench: LifeBench): void {
  const { prepared } = bench.life.server;
  if (!prepared) throw new Error('nothing is prepared');
  const manifest = { ...prepared.funpack.manifest, run: ['no-such-program-anywhere'] };
  const funpack = { ...prepared.funpack, manifest, has: { ...prepared.funpack.has, run: false } };
  bench.life.server.prepare({ ...prepared, funpack });
}

describe('the table of states', () => {
  const dir = tempDir();

  it('says what happens, and everything that it says does happen', async () => {
    const named = serverStates.flatMap((from) =>
      serverEvents.flatMap((event) => {
        const to = lifecycle[from][event];
        return to === 'ignored' ? [] : [`${from} ${event} ${to}`];
      }),
    );
    const seen = new Set<string>();
    for (const [name, scenario] of Object.entries(scenarios)) {
      const bench = await scenario(`${dir()}/${name.length}${name.replaceAll(/\W+/g, '-')}`);
      for (const change of bench.applied) seen.add(change);
    }
    expect([...seen].toSorted()).toEqual(named.toSorted());
  });
});
