import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { root } from '../box/real-box';
import { OtherMachine, whyNoOtherMachine } from './other-machine';

/** Why no machine with systemd can be made here. Undefined if one can. */
export const whyNoSystemdMachine = (): string | undefined =>
  whyNoOtherMachine(['systemd', 'nodejs', 'redis-server', 'lzop']);

/** The units that systemd would start besides: they are about hardware, users and the console. */
const unwanted = `
  getty@tty1.service systemd-binfmt.service systemd-journal-flush.service systemd-journald.service
  systemd-journald.socket systemd-journald-dev-log.socket systemd-logind.service systemd-modules-load.service
  systemd-random-seed.service systemd-remount-fs.service systemd-sysctl.service systemd-sysusers.service
  systemd-tmpfiles-setup.service systemd-tmpfiles-setup-dev.service systemd-udevd.service
  systemd-udev-trigger.service systemd-update-utmp.service
  proc-sys-fs-binfmt_misc.automount dev-hugepages.mount dev-mqueue.mount sys-fs-fuse-connections.mount
  sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount
`.split(/\s+/).filter(Boolean);

/**
 * The hierarchies of this machine, from the cgroup of process 1 down: it has a cgroup namespace. A v2 hierarchy alone
 * lies at /sys/fs/cgroup, beside v1 at /sys/fs/cgroup/unified.
 */
const cgroups = `
mount -t sysfs -o ro sysfs root/sys
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  mount -t cgroup2 cgroup2 root/sys/fs/cgroup
else
  mount -t tmpfs tmpfs root/sys/fs/cgroup
  while read -r _ _ _ _ at _; do
    case "$at" in /sys/fs/cgroup/*) ;; *) continue;; esac
    name=\${at#/sys/fs/cgroup/}
    mkdir "root$at"
    case "$name" in
      unified) mount -t cgroup2 cgroup2 "root$at";;
      systemd) mount -t cgroup -o none,name=systemd cgroup "root$at";;
      *) mount -t cgroup -o "$name" cgroup "root$at";;
    esac
  done </proc/self/mountinfo
fi
`;

/** Joins the cgroup `name` in each hierarchy, so that the machine's own root is there; later, beside its process 1. */
const join = (name: string): string => `
trees=/sys/fs/cgroup
[ -e $trees/cgroup.controllers ] || trees=/sys/fs/cgroup/*
for tree in $trees; do
  mkdir -p $tree/${name}
  for file in cpuset.cpus cpuset.mems; do
    if [ -e $tree/notify_on_release ] && [ -e $tree/$file ]; then cat $tree/$file >$tree/${name}/$file; fi
  done
  if [ -d $tree/${name}/init.scope ]; then echo $$ >$tree/${name}/init.scope/cgroup.procs
  else echo $$ >$tree/${name}/cgroup.procs; fi
done
`;

/** A copy of this machine whose process 1 is systemd. Pinky is in /opt/pinky there, and `home` is /srv/box. */
export class SystemdMachine extends OtherMachine {
  readonly #cgroup: string;

  constructor(home: string) {
    const cgroup = `machine-${process.pid}`;
    super({
      before: join(cgroup),
      spaces: ['--cgroup', '--uts', '--ipc'],
      last: `${cgroups}
mkdir -p root/opt/pinky root/srv/box
mount --rbind "${root}" root/opt/pinky
mount --bind "${home}" root/srv/box
units=root/etc/systemd/system
rm -rf $units/*.wants
for unit in ${unwanted.join(' ')}; do ln -sfT /dev/null $units/$unit; done
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' >$units/box.target
echo is up
exec chroot root env -i container=other PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=box.target --log-target=null`,
    });
    this.#cgroup = cgroup;
  }

  override async end(): Promise<void> {
    await super.end();
    const trees = existsSync('/sys/fs/cgroup/cgroup.controllers')
      ? ['/sys/fs/cgroup']
      : readdirSync('/sys/fs/cgroup').map((name) => `/sys/fs/cgroup/${name}`);
    for (const tree of trees.filter((each) => existsSync(`${each}/${this.#cgroup}`)))
      spawnSync('find', [`${tree}/${this.#cgroup}`, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+']);
  }
}
