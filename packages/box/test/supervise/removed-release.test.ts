import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BoxRequests, type BoxRequestsOptions } from '../../src/supervise/box-requests';
import type { BoxChildren } from '../../src/children/box-children';

describe('the folder of the version that runs', () => {
  it('is named in the answer to ps once it was removed', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'release-'));
    const release = join(dir, 'pinky-1');
    mkdirSync(join(release, 'dist'), { recursive: true });
    const program = join(release, 'dist', 'worker.cjs');
    const programs = { worker: program, queue: program };
    writeFileSync(program, '');
    // Only these fields are read for `ps`.
    const options = { config: () => ({ box: '1' }), phase: () => 'running', programs } as unknown as BoxRequestsOptions;
    const children = { tree: { views: () => [] } } as unknown as BoxChildren;
    const ps = () => new BoxRequests(options).answer(children, 'ps', {}, { progress: () => undefined, deadlineMs: 1 });
    expect(await ps()).not.toHaveProperty('removed');
    rmSync(release, { recursive: true });
    expect(await ps()).toMatchObject({ removed: release });
    const ask = (serverId: string) =>
      new BoxRequests({ ...options, canStartWorkers: () => true })
        .answer(
          { tree: { view: (name: string) => (name === 'worker-up' ? { pid: 7 } : undefined) },
            startWorker: () => 'worker-up' } as unknown as BoxChildren,
          'ensureWorker', { serverId }, { progress: () => undefined, deadlineMs: 1 },
        );
    expect(await ask('up')).toEqual({ pid: 7 }); // its worker only has no connection just now
    await expect(ask('down')).rejects.toMatchObject({ code: 'version_removed' });
    rmSync(dir, { recursive: true });
  });
});
