import { deferred, Lifetime, sharedAbort } from '../../src/index.js';
import { startStopContract } from '../../src/testing/index.js';

describe('a lifetime', () => {
  it.each(startStopContract(() => {
    let held = 0;
    const part = new Lifetime({ begin: () => void held++, end: () => void held-- });
    return { part, running: () => held };
  }))('%s', (_rule, keeps) => keeps());

  it('passes on why its part could not begin, and ends what was begun all the same', async () => {
    let ends = 0;
    const life = new Lifetime({
      begin: async () => { throw new Error('no socket'); },
      end: () => void ends++,
    });
    await expect(life.start()).rejects.toThrow('no socket');
    await life.stop();
    expect(ends).toBe(1);
  });

  it('ends after its beginning, and waits for every task that was added', async () => {
    const log: string[] = [];
    const [beginning, task] = [deferred<void>(), deferred<void>()];
    const life = new Lifetime({
      begin: (signal) => {
        signal.addEventListener('abort', () => log.push('told'));
        life.add(task.promise.then(() => log.push('the task is over')));
        return beginning.promise.then(() => void log.push('begun'));
      },
      end: () => void log.push('ended'),
    });
    void life.start();
    const stopping = life.stop().then(() => log.push('stopped'));
    beginning.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    task.resolve();
    await stopping;
    expect(log).toEqual(['told', 'begun', 'ended', 'the task is over', 'stopped']);
  });

  it('has a signal for which hundreds may wait without a warning', () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { signal } = sharedAbort();
    for (let n = 0; n < 200; n++) signal.addEventListener('abort', () => undefined);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });
});
