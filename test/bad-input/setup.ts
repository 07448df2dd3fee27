import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { boxPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { Producer } from '../box/producer';
import { assertBuilt, RealBox } from '../box/real-box';

/** A game that is ready at once, writes down what it hears, and stops when it is told to. */
export const obedient =
  'echo \'{"event":"started"}\'\nwhile read -r line; do echo "$line" >>heard; [ "$line" = stop ] && exit 0; done';

export const manifest = (more: object = {}): string =>
  JSON.stringify({ name: 'trouble', version: '1', stopTimeoutMs: 5_000, ...more });

/** The tools of a test of bad input. */
export interface BadInputSetup {
  readonly box: RealBox;
  readonly producer: Producer;
  /** Makes a funpack in a folder, whose game is a shell script. Answers the folder. */
  pack(name: string, run: string, more?: object): string;
  /** Stops a server. Then neither files, processes, ports nor keys of it are left. */
  expectNothingLeft(serverId: string): Promise<void>;
  /** The box goes down and leaves nothing at all. For the last test of a file. */
  expectNothingAfterDown(): Promise<void>;
}

/** One box for a test file. */
export function badInputSetup(firstPort: number): BadInputSetup {
  let box: RealBox;
  let producer: Producer;
  beforeAll(async () => {
    assertBuilt();
    box = new RealBox(`ports: {first: ${firstPort}, step: 1, count: 50}
crash_loop: {limit: 2, first_backoff: 10ms, max_backoff: 20ms}
`);
    for (const dir of ['packs', 'archives']) mkdirSync(box.file(dir));
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    producer = new Producer(box.home);
  });
  afterAll(() => box.end());
  return {
    get box() { return box; },
    get producer() { return producer; },
    pack: (name, run, more = {}) => {
      const dir = box.file('packs', name);
      mkdirSync(`${dir}/bin`, { recursive: true });
      writeFileSync(`${dir}/funpack.json`, manifest(more));
      writeFileSync(`${dir}/bin/run`, `#!/bin/sh\n${run}\n`);
      chmodSync(`${dir}/bin/run`, 0o755);
      return dir;
    },
    expectNothingLeft: (serverId) => expectNothingLeft(box, producer, serverId),
    expectNothingAfterDown: () => expectNothingAfterDown(box, producer),
  };
}

async function expectNothingLeft(box: RealBox, producer: Producer, id: string): Promise<void> {
  expect(await producer.job('stop', { serverId: id })).toMatchObject({ ok: { state: 'down' } });
  await until(`the folder of ${id} is gone`, () => !existsSync(`${box.servers}/${id}`));
  expect(readdirSync(box.servers).filter((name) => name === id || name.startsWith(`${id}.`))).toEqual([]);
  const ofServer = (pid: number): boolean =>
    ['environ', 'cmdline'].some((file) => mentions(`/proc/${pid}/${file}`, `/servers/${id}/`));
  await until(`the processes of ${id} are gone`, () => !box.processes().some(ofServer));
  const keys = async (): Promise<string[]> =>
    (await producer.keysOf(id)).filter((key) => !key.endsWith(':cursor'));
  await until(`the keys of ${id} are gone`, async () => (await keys()).length === 0);
  const { ports } = boxPaths(box.home);
  expect(namesIn(ports).filter((port) => readFileSync(`${ports}/${port}`, 'utf8') === id)).toEqual([]);
}

async function expectNothingAfterDown(box: RealBox, producer: Producer): Promise<void> {
  await producer.end();
  expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
  expect(box.processes()).toEqual([]);
  expect(readdirSync(box.servers)).toEqual([]);
  expect(namesIn(boxPaths(box.home).ports)).toEqual([]);
  expect(readdirSync(box.home).filter((name) => /\.(sock|tmp|new)$|^effective\.json\.\d+$/.test(name))).toEqual([]);
}

/** The names in a folder that may not exist. */
export const namesIn = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir) : []);

function mentions(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'latin1').includes(text);
  } catch {
    return false; // gone meanwhile
  }
}
