import type { FunpackManifest, ServerState } from '@pinky/protocol';
import { LifeBench, turns } from './life-bench.js';

/** The game of these benches hears nothing but KILL, so that a stop takes its time. */
export const deaf = { start: 'ready', endsAt: ['SIGKILL'] } as const;

const manifest: Partial<FunpackManifest> = { persistent: true };

/** How a server comes into each state, for real. */
const ways: Readonly<Record<ServerState, (bench: LifeBench) => void | Promise<void>>> = {
  down: () => undefined,
  preparing: (bench) => {
    bench.holdPreparation();
    void bench.command('start');
  },
  starting: (bench) => {
    bench.machine.habits = [{ start: 'loading' }];
    void bench.command('start');
  },
  up: async (bench) => { await bench.up(); },
  stopping: async (bench) => {
    bench.machine.habits = [deaf, { start: 'ready' }];
    await bench.up();
    void bench.command('stop');
  },
  crashed: async (bench) => {
    await bench.up();
    bench.machine.game.exit({ code: 3 }); // launched again at once
    await turns();
    bench.machine.game.exit({ code: 3 }); // and now after a pause
  },
  failed: async (bench) => {
    bench.prepareError = new Error('bin/prepare says no');
    await bench.command('start').catch(() => undefined);
    bench.prepareError = undefined;
  },
};

/** A server that is in the state, with everything that led there. */
export async function inState(dir: string, state: ServerState): Promise<LifeBench> {
  const bench = new LifeBench(dir, manifest);
  await ways[state](bench);
  await turns();
  if (bench.state !== state) throw new Error(`it is ${bench.state}, and should be ${state}`);
  return bench;
}

/** Lets go what holds the server in its state: the preparation ends, the game gets ready, the deaf game is killed. */
export async function goOn(bench: LifeBench): Promise<void> {
  for (let step = 0; step < 4; step++) {
    bench.letPreparationGo();
    await turns();
    if (bench.state === 'starting' && bench.machine.game.isAlive) bench.machine.game.say('started');
    await bench.pass(bench.state === 'stopping' ? 60_000 : 0);
  }
}
