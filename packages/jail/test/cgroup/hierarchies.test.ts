import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHierarchies, gamesSlice } from '../../src/index.js';

/** A `/proc` with the given mounts and cgroups of this process, beside a folder that stands for the mounted trees. */
class FakeMachine {
  readonly dir = mkdtempSync(join(tmpdir(), 'jail-'));

  constructor(mounts: (at: string) => readonly string[], own: string) {
    mkdirSync(join(this.dir, 'proc/self'), { recursive: true });
    writeFileSync(join(this.dir, 'proc/self/mountinfo'), mounts(this.dir).join('\n'));
    writeFileSync(join(this.dir, 'proc/self/cgroup'), own);
  }

  get found() {
    return findHierarchies(join(this.dir, 'proc'));
  }

  /** A cgroup v2 with these controllers. */
  cgroup(path: string, controllers: string): void {
    mkdirSync(join(this.dir, path), { recursive: true });
    writeFileSync(join(this.dir, path, 'cgroup.procs'), '');
    writeFileSync(join(this.dir, path, 'cgroup.controllers'), `${controllers}\n`);
  }
}

describe('the hierarchies of a machine', () => {
  const machines: FakeMachine[] = [];
  const machine = (...args: ConstructorParameters<typeof FakeMachine>): FakeMachine => {
    const made = new FakeMachine(...args);
    machines.push(made);
    return made;
  };
  afterEach(() => { for (const { dir } of machines.splice(0)) rmSync(dir, { recursive: true, force: true }); });

  it('are none where no cgroups are mounted', () => {
    expect(machine((at) => [`30 1 0:30 / ${at}/x rw - tmpfs tmpfs rw`], '0::/\n').found).toEqual([]);
  });

  it('lie beside the unit of systemd, not below it, where there is only v2', () => {
    const one = machine((at) => [`30 1 0:30 / ${at}/cg rw - cgroup2 cgroup2 rw`], '0::/system.slice/pinky.service\n');
    one.cgroup('cg/system.slice/pinky.service', '');
    one.cgroup('cg/system.slice', 'memory pids');
    one.cgroup('cg', 'cpuset cpu io memory pids');
    expect(one.found).toEqual([{ version: 2, dir: join(one.dir, 'cg'), controllers: ['memory', 'pids', 'cpu'] }]);
  });

  it('lie in the slice of games where the unit of a root box has brought it', () => {
    const one = machine((at) => [`30 1 0:30 / ${at}/cg rw - cgroup2 cgroup2 rw`], '0::/system.slice/pinky.service\n');
    one.cgroup('cg', 'cpuset cpu io memory pids');
    one.cgroup('cg/system.slice/pinky.service', '');
    one.cgroup(`cg/${gamesSlice}`, 'memory pids');
    expect(one.found).toEqual([{ version: 2, dir: join(one.dir, 'cg', gamesSlice), controllers: ['memory', 'pids'] }]);
  });

  it('lie below the cgroup of this process in v1, and are found by one of several mounts', () => {
    const one = machine(
      (at) => [
        `30 1 0:30 / ${at}/memory rw - cgroup cgroup rw,memory`,
        `31 1 0:31 / ${at}/cpu rw - cgroup cgroup rw,cpu,cpuacct`,
        `32 1 0:31 / ${at}/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct`,
        `33 1 0:33 / ${at}/systemd rw - cgroup cgroup rw,name=systemd`,
      ],
      '4:memory:/a/b\n3:cpu,cpuacct:/\n9:name=systemd:/\n',
    );
    expect(one.found).toEqual([
      { version: 1, dir: join(one.dir, 'memory/a/b'), controllers: ['memory'] },
      { version: 1, dir: join(one.dir, 'cpu'), controllers: ['cpu'] },
    ]);
  });

  it('begin where a container has them mounted', () => {
    const one = machine((at) => [`30 1 0:30 /docker/x ${at}/pids rw - cgroup cgroup rw,pids`], '4:pids:/docker/x/y\n');
    expect(one.found).toEqual([{ version: 1, dir: join(one.dir, 'pids/y'), controllers: ['pids'] }]);
  });
});
