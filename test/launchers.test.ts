import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './box/real-box';

/** The words of `scripts/try` and `scripts/test` on a machine that lacks a program. */
describe('a launcher without root and sudo', () => {
  let bin: string;
  const stub = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  beforeEach(() => {
    bin = mkdtempSync(join(tmpdir(), 'pinky-launchers-'));
    for (const name of ['bash', 'sort', 'mktemp', 'tail', 'rm']) symlinkSync(`/usr/bin/${name}`, join(bin, name));
    stub('id', 'echo 1000');
  });
  afterEach(() => rmSync(bin, { recursive: true }));

  const need = () => {
    const script = '. "$0"; need_programs no-such-server=redis-server';
    const asked = ['--norc', '-ec', script, join(root, 'scripts/lib/install.sh')];
    return spawnSync('/bin/bash', asked, { encoding: 'utf8', env: { PATH: bin } });
  };

  it('says which packages to install, and how', () => {
    stub('apt-get', 'exit 1');
    const { status, stderr } = need();
    expect([status, stderr]).toEqual([
      1,
      'error: these packages are missing; run as root: apt-get install -y --no-install-recommends redis-server\n',
    ]);
  });

  it('says which packages are missing where there is no apt-get', () => {
    expect(need()).toMatchObject({
      status: 1,
      stderr: 'error: these packages are missing, and there is no apt-get: redis-server\n',
    });
  });
});
