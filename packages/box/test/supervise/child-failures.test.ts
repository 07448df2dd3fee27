import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@pinky/protocol/testing';
import type { TreeEvent } from '@pinky/supervisor';
import { logNameOf } from '../../src/children/child-names';
import { ChildFailures } from '../../src/supervise/child-failures';

describe('the failures of a child', () => {
  let dir: string;
  let failures: ChildFailures;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pinky-failures-'));
    failures = new ChildFailures({ logOf: (name) => join(dir, logNameOf(name)), clock: new FakeClock() });
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const fails = (name: string, words = ''): void => {
    failures.heard({ type: 'launched', name } as TreeEvent); // the fields that it reads
    if (words !== '') appendFileSync(join(dir, logNameOf(name)), words);
    const exit = { kind: 'code', code: 1 } as const;
    failures.heard({ type: 'exited', name, pid: 1, exit, meaning: 'crashed', wasAsked: false });
  };

  it('are counted until it is started no more: another one of the same name begins anew', () => {
    fails('worker-a');
    fails('worker-a');
    expect(failures.of('worker-a')).toMatchObject({ times: 2, message: 'it ended with exit code 1' });
    failures.forget('worker-a');
    expect(failures.of('worker-a')).toBeUndefined();
    fails('worker-a');
    expect(failures.of('worker-a')).toMatchObject({ times: 1 });
  });

  it('of a successor are in the log of the worker that it was to replace', () => {
    fails('successor-a', 'Error: it cannot read its file\n');
    expect(failures.of('successor-a')).toMatchObject({
      log: join(dir, 'worker-a.log'),
      message: 'Error: it cannot read its file',
    });
  });

  it('are counted without words where its log is a pipe, which only another reader may open', () => {
    spawnSync('mkfifo', [join(dir, 'worker-a.log')]);
    fails('worker-a');
    expect(failures.of('worker-a')).toMatchObject({ times: 1, message: 'it ended with exit code 1' });
  });
});
