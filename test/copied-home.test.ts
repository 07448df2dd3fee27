import { execFileSync } from 'node:child_process';
import {
  chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox } from './box/real-box';

const isolation = process.getuid?.() === 0 ? 'strict' : 'none';
const options = `isolation: ${isolation}\nports: {first: 26100, step: 7, count: 20}\nheartbeat_interval: 1s\n`;
const boxes: RealBox[] = [];
let home: RealBox;

const newBox = (): RealBox => {
  const box = new RealBox(options);
  boxes.push(box);
  return box;
};
beforeAll(assertBuilt);
beforeEach(async () => {
  home = newBox();
  await home.pinky(['up', '--daemonize']);
  await home.pinky(['start', 'a', '--funpack', 'emberhollow', '--ram', '256']);
});
afterEach(() => Promise.all(boxes.splice(0).map((box) => box.end())));

/** A box whose home is a copy of another one's. */
const asCopy = (box: RealBox): RealBox => {
  const other = newBox();
  rmSync(other.home, { recursive: true });
  execFileSync('cp', ['-a', box.home, other.home]);
  return other;
};

interface Game {
  readonly state: string;
  readonly pid?: number;
}
const gameOf = async (box: RealBox): Promise<Game> => {
  const { state, pid } = (await box.pinky(['explain', 'a'])).answer;
  return { state, pid };
};
const isUp = (box: RealBox): Promise<Game> => until('its game is up', async () => {
  const game = await gameOf(box);
  return game.state === 'up' && game.pid !== undefined && game;
});
const pidsOf = async (box: RealBox): Promise<number[]> => {
  const { processes } = (await box.pinky(['ps'])).answer;
  return processes.flatMap(({ pid }: { pid?: number }) => pid ?? []);
};

/** The copy begins, and ends again, with a game and with processes of its own. */
async function runCopy(before: Game): Promise<void> {
  const copy = asCopy(home);
  expect(await copy.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
  expect((await isUp(copy)).pid).not.toBe(before.pid);
  const others = new Set(home.processes());
  expect((await pidsOf(copy)).filter((pid) => others.has(pid))).toEqual([]);
  expect(await copy.pinky(['kill', 'a'])).toMatchObject({ code: 0 });
  expect(await copy.pinky(['down'])).toMatchObject({ code: 0 });
}

it('takes over nothing of the home that it was copied from, and ends nothing there', async () => {
  const before = await isUp(home);
  await runCopy(before);
  expect(await gameOf(home)).toEqual(before);
});

it('can do nothing to the other home before it is up', async () => {
  const before = await isUp(home);
  const pids = await pidsOf(home);
  const copy = asCopy(home);
  expect(await copy.pinky(['stop', 'a'])).toMatchObject({ answer: { error: { code: 'supervisor_unreachable' } } });
  expect(await copy.pinky(['kill', 'a'])).toMatchObject({ answer: { error: { code: 'supervisor_unreachable' } } });
  expect(await copy.pinky(['down'])).toMatchObject({ code: 0 });
  expect([await gameOf(home), await pidsOf(home)]).toEqual([before, pids]);
});

it('leaves a game that plays without its box to that box', async () => {
  const before = await isUp(home);
  await home.pinky(['down', '--detach']);
  await runCopy(before);
  await home.pinky(['up', '--daemonize']);
  expect(await isUp(home)).toEqual(before);
});

it('leaves the games of a box that was killed to that box', async () => {
  const before = await isUp(home);
  const { processes } = (await home.pinky(['ps'])).answer;
  for (const role of ['supervisor', 'queue'])
    process.kill(processes.find((one: { role: string }) => one.role === role).pid, 'SIGKILL');
  await runCopy(before);
  await home.pinky(['up', '--daemonize']);
  expect(await isUp(home)).toEqual(before);
});

it('goes on at once where it was moved while its game plays, and its supervisor was killed', async () => {
  const before = await isUp(home);
  const left = (await pidsOf(home)).filter((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('pinky'));
  process.kill(Number(home.text('supervisor.pid')), 'SIGKILL');
  const moved = newBox();
  rmSync(moved.home, { recursive: true });
  renameSync(home.home, moved.home);
  expect(await moved.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
  expect(await isUp(moved)).toEqual(before);
  expect((await pidsOf(moved)).filter((pid) => left.includes(pid))).toEqual([]);
  expect(await moved.pinky(['broadcast', 'a', 'hello'])).toMatchObject({ code: 0 });
});

it('says that its games end where it was moved to another file system, which copies and removes it', async () => {
  const before = await isUp(home);
  const pid = Number(home.text('supervisor.pid'));
  const moved = asCopy(home);
  rmSync(home.home, { recursive: true, force: true, maxRetries: 5 });
  const remedy = `\`kill -TERM ${pid}\`, which ends its games too`;
  for (const command of ['up', 'stop']) {
    const { answer } = await moved.pinky(command === 'up' ? ['up', '--daemonize'] : ['stop', 'a']);
    expect(answer.error).toMatchObject({ code: 'home_moved', remedy: expect.stringContaining(remedy) });
  }
  process.kill(pid, 'SIGTERM');
  await until('they have ended', () => !existsSync(`/proc/${pid}`) && !existsSync(`/proc/${before.pid}`));
  expect(await moved.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
  expect((await isUp(moved)).pid).not.toBe(before.pid);
});

describe('a copy with the servers folder of the other home', () => {
  const withServers = (box: RealBox, servers: string): RealBox => {
    writeFileSync(box.file('pinky.yml'), `${options}servers: ${servers}\n`);
    return box;
  };
  /** Nothing of the copy runs the servers, or ends them. */
  async function leavesAlone(owner: RealBox, copy: RealBox): Promise<void> {
    const before = await isUp(owner);
    expect(await copy.pinky(['down'])).toMatchObject({ code: 0, answer: { already: true, running: 0 } });
    expect(await copy.pinky(['up', '--daemonize'])).toMatchObject({
      code: 2,
      answer: { error: { code: 'bad_option', message: expect.stringContaining(`of another home, ${owner.home};`) } },
    });
    expect(await gameOf(owner)).toEqual(before);
  }

  it('leaves it to that home if it lies inside', () =>
    leavesAlone(home, withServers(asCopy(home), home.servers)));

  /** A box whose servers lie outside its home. */
  async function withOutside(work: (owner: RealBox, servers: string) => Promise<void>): Promise<void> {
    const owner = newBox();
    const servers = `${owner.home}-servers`;
    try {
      await withServers(owner, servers).pinky(['up', '--daemonize']);
      await owner.pinky(['start', 'a', '--funpack', 'emberhollow', '--ram', '256']);
      await work(owner, servers);
    } finally {
      await owner.end();
      rmSync(servers, { recursive: true, force: true });
    }
  }

  it('leaves it to that home if it lies outside', () => withOutside((owner) => leavesAlone(owner, asCopy(owner))));

  it('has games of its own once the folder was copied too', () => withOutside(async (owner, servers) => {
    const before = await isUp(owner);
    const copied = `${servers}-copied`;
    try {
      execFileSync('cp', ['-a', servers, copied]);
      const copy = withServers(asCopy(owner), copied);
      expect(await copy.pinky(['down'])).toMatchObject({ code: 0, answer: { already: true } });
      expect(await copy.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
      expect((await isUp(copy)).pid).not.toBe(before.pid);
      expect(await copy.pinky(['down'])).toMatchObject({ code: 0 });
      expect(await gameOf(owner)).toEqual(before);
    } finally {
      rmSync(copied, { recursive: true, force: true });
    }
  }));
});

describe('a game that was prepared for its folder', () => {
  /** It keeps its world where `bin/prepare` found it. */
  const scripts = {
    prepare: 'echo "world=$PWD/world.txt" >game.cfg',
    run: `. ./game.cfg; echo "launched in $PWD" >>"$world"; echo '{"event":"started"}'; while read -r line; do :; done`,
  };
  let pack: string;
  beforeEach(async () => {
    pack = mkdtempSync(join(tmpdir(), 'pinky-pack-'));
    chmodSync(pack, 0o755); // the game has a user of its own
    mkdirSync(join(pack, 'bin'));
    writeFileSync(join(pack, 'funpack.json'), JSON.stringify({ name: 'placed', version: '1', persistent: true }));
    for (const [name, text] of Object.entries(scripts))
      writeFileSync(join(pack, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    expect(await home.pinky(['start', 'b', '--funpack', pack])).toMatchObject({ code: 0 });
  });
  afterEach(() => rmSync(pack, { recursive: true, force: true }));

  const worldOf = (box: RealBox): string => readFileSync(box.file('servers', 'b', 'working', 'world.txt'), 'utf8');
  const launchIn = (box: RealBox): string => `launched in ${box.file('servers', 'b', 'working')}\n`;
  const comesUp = async (box: RealBox): Promise<void> => {
    let seen: { state?: string } = {};
    const isUp = async (): Promise<boolean> => {
      seen = (await box.pinky(['explain', 'b'])).answer;
      return seen.state === 'up';
    };
    await until('its server is up again', isUp).catch((error: unknown) => {
      throw new Error(`its server is not up again: ${JSON.stringify(seen)}`, { cause: error });
    });
  };

  it('is prepared anew in a copy, and leaves the other world alone', async () => {
    const copy = asCopy(home);
    await copy.pinky(['up', '--daemonize']);
    await comesUp(copy);
    expect([worldOf(copy), worldOf(home)]).toEqual([launchIn(home) + launchIn(copy), launchIn(home)]);
  });

  it('is prepared anew where its home was moved after everything had died', async () => {
    const before = worldOf(home);
    home.killAll();
    await until('every process has ended', () => home.processes().length === 0);
    const moved = newBox();
    rmSync(moved.home, { recursive: true });
    renameSync(home.home, moved.home);
    await moved.pinky(['up', '--daemonize']);
    await comesUp(moved);
    expect(worldOf(moved)).toBe(before + launchIn(moved));
  });
});
