import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { assertBuilt } from '../box/real-box';
import { SystemdMachine, whyNoSystemdMachine } from './systemd-machine';

jest.setTimeout(300_000);

/** It takes a minute of processor: those who change the unit ask for it. */
const why = process.env['TEST_SYSTEMD'] === undefined ? 'TEST_SYSTEMD=yes asks for it' : whyNoSystemdMachine();
if (why !== undefined) process.stderr.write(`a box under systemd is not tested: ${why}\n`);

/** A real systemd is process 1 of a copy of this machine, and runs the unit that `pinky install` writes. */
(why === undefined ? describe : describe.skip)('a box under systemd', () => {
  let home: string;
  let machine: SystemdMachine;
  beforeAll(async () => {
    assertBuilt();
    home = mkdtempSync(join(tmpdir(), 'pinky-systemd-'));
    writeFileSync(join(home, 'pinky.yml'), options);
    machine = new SystemdMachine(home);
    await machine.start();
    await until('systemd has come up', () => /running|degraded/.test(machine.run('systemctl is-system-running').said));
  });
  afterAll(async () => {
    await machine.end();
    rmSync(home, { recursive: true, force: true });
  });

  const options = 'ports: {first: 25500, count: 20}\n';
  const pinky = (line: string) => machine.run(`/opt/pinky/packages/cli/bin/pinky --home /srv/box ${line}`);
  const json = (line: string) => JSON.parse(pinky(`${line} --json`).said);
  const mainPid = (): string => machine.text('systemctl show --property MainPID --value pinky');
  const game = (): { state: string; pid: number } => json('ps').servers[0];
  const isUp = (): boolean => json('ps').servers?.[0]?.state === 'up';
  const backups = (): string[] =>
    readdirSync(join(home, 'backups', 'worlds', 'one')).filter((name) => name.endsWith('.tar.lzo'));

  it('starts by the unit, with its games in a slice of their own', () => {
    expect(pinky('install --systemd')).toMatchObject({ code: 0 });
    machine.text('systemctl start pinky');
    expect(json('start one --funpack emberhollow --ram 64')).toMatchObject({ state: 'up' });
    expect(machine.text('systemctl show --property StatusText --value pinky')).toContain('box 1 is running');
    const cgroups = machine.text(`cat /proc/${game().pid}/cgroup`);
    if (/^0::/m.test(cgroups)) expect(cgroups).toMatch(/^0::\/pinkygames\.slice\/pinky\/.+\/one$/m);
    expect(cgroups).toMatch(/^(?:0:|\d+:memory):\/\S+\/pinky\/.+\/one$/m);
    expect(json('doctor').findings.filter(({ level }: { level: string }) => level === 'bad')).toEqual([]);
  });

  it('is restarted, killed and upgraded while its game plays on', async () => {
    const { pid } = game();
    const steps: readonly (() => unknown)[] = [
      () => machine.text('systemctl restart pinky'),
      () => machine.text(`kill -KILL ${mainPid()}`),
      () => expect(pinky('upgrade')).toMatchObject({ code: 0, said: expect.stringContaining('1 game played on') }),
    ];
    for (const step of steps) {
      const before = mainPid();
      step();
      await until('another supervisor is ready', () =>
        mainPid() !== before && machine.run('systemctl is-active pinky').said.trim() === 'active');
      await until('it has found its game', isUp);
      expect(game().pid).toBe(pid);
    }
  });

  it('is reloaded, and not with a mistake', () => {
    const before = mainPid();
    writeFileSync(join(home, 'pinky.yml'), `${options}bogus: 1\n`);
    expect(machine.run('systemctl reload pinky').code).not.toBe(0);
    writeFileSync(join(home, 'pinky.yml'), `${options}backup: {keep: 7}\n`);
    machine.text('systemctl reload pinky');
    expect(JSON.parse(readFileSync(join(home, 'effective.json'), 'utf8'))).toMatchObject({ backup: { keep: 7 } });
    expect([mainPid(), game().state]).toEqual([before, 'up']);
  });

  it('is stopped with its games, whose worlds it saves, and leaves nothing', async () => {
    const { pid } = game();
    machine.text('systemctl stop pinky');
    expect(machine.run(`kill -0 ${pid}`).code).not.toBe(0);
    expect(backups().length).toBeGreaterThan(0);
    // A runner that looks after backups ends by itself.
    await until('nothing of it runs', () => machine.run("pgrep -f '^pinky: '").said === '');
    expect(machine.text('find /sys/fs/cgroup -path "*pinky*one*" -name one')).toBe('');
  });

  it('comes up again with what was up, and its worlds are saved when the machine is shut down', async () => {
    machine.text('systemctl start pinky');
    await until('its game is back', isUp);
    const before = readFileSync(join(home, 'definitions', 'one.json'), 'utf8');
    machine.run('systemctl start poweroff.target --job-mode=replace-irreversibly --no-block');
    await until('the machine is off', () => !machine.isUp);
    expect(readFileSync(join(home, 'log', 'supervisor.log'), 'utf8').trim().split('\n').at(-1))
      .toContain('"supervisor.left"');
    expect(readdirSync(join(home, 'servers', '.parked', 'one'))).not.toEqual([]);
    expect(JSON.parse(readFileSync(join(home, 'definitions', 'one.json'), 'utf8')))
      .toMatchObject({ wanted: JSON.parse(before).wanted });
  });
});
