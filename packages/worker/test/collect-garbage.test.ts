import { Script } from 'node:vm';
import { collectGarbage } from '../src/collect-garbage';

describe('collectGarbage', () => {
  it('frees objects that nothing refers to any more', async () => {
    const forgotten = new WeakRef({ bytes: Buffer.alloc(1_000) });
    await new Promise((resolve) => setImmediate(resolve)); // a WeakRef keeps its target until the turn is over
    collectGarbage();
    expect(forgotten.deref()).toBeUndefined();
  });

  it('leaves V8 without the syntax that it needs', () => {
    collectGarbage();
    expect(() => new Script('%GetHeapUsage()')).toThrow(/Unexpected token/);
  });
});
