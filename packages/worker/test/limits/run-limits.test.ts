import { FakeClock } from '@pinky/protocol/testing';
import type { Limits, MadeCgroup, MemoryFigures } from '@pinky/jail';
import { RunLimits } from '../../src/limits/run-limits.js';
import type { Confinement } from '../../src/launch/confinement.js';
import type { GameListener, LaunchCgroup } from '../../src/machine/machine.js';
import { Noted } from '../../src/run/noted.js';
import { ServerFiles } from '../../src/record/server-files.js';
import { FakeGame } from '../fakes/fake-game.js';
import { configOf } from '../fakes/config.js';
import { tempDir } from '../temp.js';

describe('the limits of a run', () => {
  const dir = tempDir();
  /** It is never launched. */
  const listener = (): GameListener => ({
    run: new ServerFiles('one', configOf(dir())).paths.run('1'),
    pipeAlive: '',
    datafile: '',
    clock: new FakeClock(),
    onLaunched: () => undefined,
    onExit: () => undefined,
  });
  /** A run on a machine that makes such a cgroup, whose game has joined these folders and uses that memory. */
  const runOn = (made: MadeCgroup, more: Partial<Confinement> = {}, memory?: () => MemoryFigures) => {
    const clock = new FakeClock();
    const warnings: Readonly<Record<string, unknown>>[] = [];
    const asked: LaunchCgroup[] = [];
    const game = new FakeGame(listener(), 1, () => undefined, {});
    Object.defineProperties(game, { cgroups: { value: ['/cg/a'] }, memory: { get: () => memory?.() } });
    const limits: Limits = { memoryBytes: 1_000, processes: 20, oomScore: 300, openFiles: 4_096 };
    const runLimits = new RunLimits({
      files: new ServerFiles('one', configOf(dir())),
      machine: { makeCgroup: (order) => { asked.push(order); return made; } },
      clock,
      confinement: () => ({ limits, ...more }),
      game: () => game,
      noted: new Noted(),
      warn: (fields) => void warnings.push(fields),
    });
    return { clock, runLimits, warnings, asked };
  };

  it('are set for its launch, and nothing is told where all could be had', () => {
    const { runLimits, warnings, asked } = runOn({ folders: ['/cg/a'], missing: [] });
    expect(runLimits.prepare()).toEqual({ cgroups: ['/cg/a'], oomScore: 300, mostFiles: 4_096 });
    expect(asked).toMatchObject([{ path: expect.stringMatching(/^pinky\/.+\/one$/), limits: { processes: 20 } }]);
    runLimits.launched();
    expect(warnings).toEqual([]);
  });

  it('that cannot be had are told once, and so is a cgroup that the game could not join', () => {
    const missing = [{ limit: 'memoryBytes' as const, because: 'this machine has no cgroup controller memory' }];
    const { runLimits, warnings } = runOn({ folders: ['/cg/a', '/cg/b'], missing });
    runLimits.prepare();
    runLimits.launched();
    runLimits.launched();
    expect(warnings).toEqual([{
      kind: 'limits_missing',
      limits: ['memory'],
      message: 'the game runs without some of its limits: memory (this machine has no cgroup controller memory), ' +
        'it could not join /cg/b',
    }]);
  });

  it.each([
    [undefined, 'the game runs as Pinky itself: the kernel allows no namespaces'],
    ['user', 'the game has a user of its own, and no view of its own: the kernel allows no namespaces'],
  ] as const)('come with a warning where a game is isolated less than was asked for (%s)', (kind, message) => {
    const isolation = kind && { kind, user: { uid: 65_536, gid: 65_536 }, hasNamespaces: false };
    const because = 'the kernel allows no namespaces';
    const { runLimits, warnings } = runOn(
      { folders: ['/cg/a'], missing: [] },
      { notIsolated: because, ...(isolation && { isolation }) },
    );
    runLimits.prepare();
    runLimits.launched();
    expect(warnings).toEqual([{ kind: 'not_isolated', message }]);
  });

  it('warn at nine tenths of the memory, once, with what is used and what may be', async () => {
    let usedBytes = 89 * 2 ** 20;
    const memory = (): MemoryFigures => ({ usedBytes, limitBytes: 100 * 2 ** 20, endedByKernel: 0 });
    const { clock, runLimits, warnings } = runOn({ folders: ['/cg/a'], missing: [] }, {}, memory);
    runLimits.watch();
    await clock.advance(20_000);
    expect(warnings).toEqual([]);
    usedBytes = 90 * 2 ** 20;
    await clock.advance(60_000);
    expect(warnings).toEqual([{
      kind: 'memory_near_limit',
      used: 90 * 2 ** 20,
      limit: 100 * 2 ** 20,
      message: 'the game uses 90 MiB of the 100 that it may',
    }]);
    runLimits.stop();
  });
});
