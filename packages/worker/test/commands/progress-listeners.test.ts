import { deferred } from '@pinky/protocol';
import { ProgressListeners } from '../../src/commands/progress-listeners.js';

describe('the progress of long work', () => {
  it('reaches everyone who waits for the work, until they have their answer', async () => {
    const board = new ProgressListeners();
    const heard: string[] = [];
    const work = deferred<string>();
    const starts = ['one', 'two'].map((who) =>
      board.during('start', ({ label, done }) => void heard.push(`${who} ${label} ${done}`), work.promise),
    );
    const list = board.during('list', () => void heard.push('a list waits for nothing long'), work.promise);
    board.tell({ label: 'download', done: 7, total: 9 });
    work.resolve('up');
    expect(await Promise.all([...starts, list])).toEqual(['up', 'up', 'up']);
    board.tell({ label: 'backup', done: 1 });
    expect(heard).toEqual(['one download 7', 'two download 7']);
  });

  it('stops for a sender whose work failed', async () => {
    const board = new ProgressListeners();
    const heard: unknown[] = [];
    await expect(
      board.during('backup', (progress) => void heard.push(progress), Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    board.tell({ label: 'backup', done: 1 });
    expect(heard).toEqual([]);
  });
});
