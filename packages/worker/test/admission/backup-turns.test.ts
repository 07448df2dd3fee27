import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { deferred, silentLogger } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { BackupTurns, type BackupRank } from '../../src/admission/backup-turns.js';
import { LaunchSlots } from '../../src/admission/launch-slots.js';
import { tempDir } from '../temp.js';

const cores = availableParallelism();

describe('the turns of backups', () => {
  const dir = tempDir();
  const setUp = () => {
    const clock = new FakeClock();
    const begun: string[] = [];
    const places = new Map<string, string>();
    const begin = (id: string, rank: BackupRank, signal = new AbortController().signal) => {
      const turns = new BackupTurns({ slots: new LaunchSlots(join(dir(), 'runners'), id), clock, log: silentLogger });
      const end = deferred<void>();
      const onPlace = ({ at, of }: { at: number; of: number }): void => void places.set(id, `${at} of ${of}`);
      const done = turns.inTurn({ rank, signal, onPlace }, async () => {
        begun.push(id);
        await end.promise;
        return id;
      });
      done.catch(() => undefined);
      return { done, end: end.resolve };
    };
    return { clock, begun, places, begin };
  };

  it('come one for each core, those of stops first', async () => {
    const { clock, begun, places, begin } = setUp();
    const first = Array.from({ length: cores }, (_, n) => begin(`first${n}`, 'due'));
    const due = begin('due', 'due');
    await clock.advance(10);
    const asked = begin('asked', 'asked');
    await clock.advance(10);
    const final = begin('final', 'final');
    await clock.advance(1_000);
    expect(begun).toHaveLength(cores);
    expect(Object.fromEntries(places)).toEqual({ due: '3 of 3', asked: '2 of 3', final: '1 of 3' });
    for (const [n, one] of [...first, final, asked, due].entries()) {
      one.end();
      await one.done;
      await clock.advance(1_000);
      expect(begun.slice(cores)).toEqual(['final', 'asked', 'due'].slice(0, n + 1));
    }
  });

  it('are given up with the backup that waits, and nobody stays in line for it', async () => {
    const { clock, begun, begin } = setUp();
    const first = Array.from({ length: cores }, (_, n) => begin(`first${n}`, 'due'));
    const cut = new AbortController();
    const waiting = begin('cut', 'final', cut.signal);
    await clock.advance(100);
    cut.abort(new Error('a stop makes its own'));
    await expect(waiting.done).rejects.toThrow('a stop makes its own');
    const next = begin('next', 'due');
    for (const one of first) one.end();
    await clock.advance(1_000);
    expect(begun.slice(cores)).toEqual(['next']);
    next.end();
  });

  it('hold nothing up where they cannot be counted', async () => {
    const { begin } = setUp();
    writeFileSync(join(dir(), 'runners'), 'no folder');
    const one = begin('one', 'due');
    one.end();
    expect(await one.done).toBe('one');
  });

  it('of workers that died count for nothing', async () => {
    const { clock, begun, begin } = setUp();
    mkdirSync(join(dir(), 'runners'));
    const dead = JSON.stringify({ pid: process.pid, startTime: '1', bootId: 'another boot' });
    for (let n = 0; n < cores; n++) writeFileSync(join(dir(), 'runners', `slot.${n}`), dead);
    const one = begin('one', 'due');
    await clock.advance(100);
    expect(begun).toEqual(['one']);
    one.end();
  });
});
