import { startStopContract } from '@pinky/protocol/testing';
import { BusyLoopWatcher } from '../../src/dump/busy-loop-watcher';
import { dumpHook } from '../../src/dump/watcher-source';

describe('a watcher of busy loops', () => {
  it.each(startStopContract(() => {
    const part = new BusyLoopWatcher({ signal: 'SIGCONT', dump: () => undefined, onUnavailable: () => undefined });
    return { part, running: () => Number(Reflect.has(globalThis, Symbol.for(dumpHook))) };
  }))('%s', (_rule, keeps) => keeps());
});
