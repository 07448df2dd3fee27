import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';
import { runs } from './processes.js';

/**
 * A process in a frozen cgroup of version 1 does not die of KILL until it is thawed, as one in uninterruptible sleep (a
 * disk that hangs) does not until its call is over. In version 2 it would.
 */
class Freezer {
  readonly #mounted = mkdtempSync(join(tmpdir(), 'pinky-freezer-'));
  readonly #group = join(this.#mounted, `pinky-test-${process.pid}`);
  /** Why there is none; undefined if there is. */
  readonly obstacle: string | undefined;

  constructor() {
    try {
      execFileSync('mount', ['-t', 'cgroup', '-o', 'freezer', 'none', this.#mounted], { stdio: 'pipe' });
    } catch (error) {
      this.obstacle = `no cgroup freezer can be mounted here: ${String(error instanceof Error ? error.message : error)
        .trim()
        .replaceAll('\n', ' ')}`;
    }
  }

  freeze(pid: number): void {
    mkdirSync(this.#group);
    writeFileSync(join(this.#group, 'cgroup.procs'), String(pid));
    writeFileSync(join(this.#group, 'freezer.state'), 'FROZEN');
  }

  thaw(): void {
    writeFileSync(join(this.#group, 'freezer.state'), 'THAWED');
  }

  async remove(): Promise<void> {
    if (this.obstacle === undefined) {
      await until('the cgroup is empty', () => {
        try {
          rmdirSync(this.#group);
          return true;
        } catch (error) {
          return error instanceof Error && 'code' in error && error.code === 'ENOENT';
        }
      });
      execFileSync('umount', [this.#mounted]);
    }
    rmdirSync(this.#mounted);
  }
}

const freezer = new Freezer();
const describeOnFreezer = freezer.obstacle === undefined ? describe : describe.skip;

afterAll(() => freezer.remove());

describeOnFreezer(
  `a game that KILL does not end${freezer.obstacle === undefined ? '' : ` (skipped: ${freezer.obstacle})`}`,
  () => {
    let box: Box;
    beforeEach(async () => { box = await Box.open(); });
    afterEach(() => box.close());

    it('does not hold up its worker, which is told to leave, and is stopped to its end by the next', async () => {
      const { worker, game } = await box.up(
        'one',
        box.funpack(
          'obedient.sh',
          { stopTimeoutMs: 20, ladder: [], persistent: true },
          { prepare: 'echo world >world' },
        ),
      );
      freezer.freeze(game);
      try {
        worker.signal('SIGTERM');
        expect(await worker.ended).toEqual({ code: 0, signal: null });
        expect(box.log().some((line) => line.includes('game.outlives_kill'))).toBe(true);
        expect(runs(game)).toBe(true);
      } finally {
        freezer.thaw();
      }
      await until('the game is gone', () => !runs(game));
      const next = box.startWorker('one');
      expect(await next.ended).toEqual({ code: 0, signal: null });
      expect(box.traces('one')).toEqual([]);
      expect(box.queue.events('one').slice(-2).map(({ type }) => type)).toEqual(['backed_up', 'stopped']);
    });
  },
);
