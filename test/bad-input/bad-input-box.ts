import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { boxPaths } from '@pinky/protocol';
import { Producer } from '../box/producer';
import { RealBox } from '../box/real-box';
import type { RawTarEntry } from '../box/tar';
import { until } from '@pinky/protocol/testing';

/** A game that is ready at once, records the lines that it gets, and stops when it is told to. */
export const obedient =
  'echo \'{"event":"started"}\'\nwhile read -r line; do echo "$line" >>heard; [ "$line" = stop ] && exit 0; done';

export const manifest = (more: object = {}): string =>
  JSON.stringify({
    name: 'trouble',
    version: '1',
    listens: false,
    stopTimeoutMs: 5_000,
    ...more,
  });

/** The entries of a funpack that works. */
export const good: readonly RawTarEntry[] = [
  { path: 'funpack.json', text: manifest() },
  { path: 'bin/run', text: `#!/bin/sh\n${obedient}\n`, mode: 0o755 },
];

/** A box to which tests give bad input. Each file of tests has its own, with its own ports. */
export class BadInputBox {
  readonly box: RealBox;
  readonly #bystanders: ChildProcess[] = [];
  #producer: Producer | undefined;

  constructor(readonly firstPort: number) {
    const options = `ports: {first: ${firstPort}, step: 1, count: 60}
crash_loop: {limit: 2, first_backoff: 10ms, max_backoff: 20ms}
`;
    this.box = new RealBox(options);
    for (const dir of ['packs', 'archives']) mkdirSync(this.box.file(dir));
  }

  async up(): Promise<void> {
    expect(await this.box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    this.#producer = new Producer(this.box.home);
  }

  async end(): Promise<void> {
    for (const bystander of this.#bystanders) bystander.kill('SIGKILL');
    await this.box.end();
  }

  /** There is one as soon as the box is up. */
  get producer(): Producer {
    if (!this.#producer) throw new Error('the box is not up');
    return this.#producer;
  }

  /** A funpack in a folder, whose game is a shell script. */
  pack(name: string, run: string, more: object = {}): string {
    const dir = this.box.file('packs', name);
    mkdirSync(`${dir}/bin`, { recursive: true });
    writeFileSync(`${dir}/funpack.json`, manifest(more));
    writeFileSync(`${dir}/bin/run`, `#!/bin/sh\n${run}\n`);
    chmodSync(`${dir}/bin/run`, 0o755);
    return dir;
  }

  archive(name: string, data: Buffer): string {
    writeFileSync(this.box.file('archives', name), data);
    return this.box.file('archives', name);
  }

  /** A process that nothing of Pinky may signal. */
  bystander(): ChildProcess {
    const child = spawn('sleep', ['600'], { stdio: 'ignore', env: {} });
    this.#bystanders.push(child);
    return child;
  }

  /** Stops a server, and checks that none of its files, processes, ports and keys is left. */
  async expectNothingLeft(id: string): Promise<void> {
    const { box, producer } = this;
    expect(await producer.job('stop', { serverId: id })).toMatchObject({ ok: { state: 'down' } });
    await until(`the folder of ${id} is gone`, () => !existsSync(`${box.servers}/${id}`));
    expect(readdirSync(box.servers).filter((name) => name === id || name.startsWith(`${id}.`))).toEqual([]);
    await until(`the processes of ${id} are gone`, () => this.#processesOf(id).length === 0);
    await until(
      `the keys of ${id} are gone`,
      async () => (await producer.keysOf(id)).filter((key) => !key.endsWith(':cursor')).length === 0,
    );
    const { ports } = boxPaths(box.home);
    expect(namesIn(ports).filter((port) => readFileSync(`${ports}/${port}`, 'utf8') === id)).toEqual([]);
  }

  /** Takes the box down, and checks that no process, server, port, socket or draft is left. */
  async expectNothingAtAll(): Promise<void> {
    const { box } = this;
    await this.producer.end();
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
    expect(box.processes()).toEqual([]);
    expect(readdirSync(box.servers)).toEqual([]);
    expect(namesIn(boxPaths(box.home).ports)).toEqual([]);
    const drafts = /\.(sock|tmp|new)$|^effective\.json\.\d+$/;
    expect(readdirSync(box.home).filter((name) => drafts.test(name))).toEqual([]);
  }

  #processesOf(id: string): number[] {
    const isOf = (pid: number): boolean =>
      ['environ', 'cmdline'].some((file) => mentions(`/proc/${pid}/${file}`, `/servers/${id}/`));
    return this.box.processes().filter(isOf);
  }
}

/** Names in a folder. None if it was not made. */
export const namesIn = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir) : []);

function mentions(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'latin1').includes(text);
  } catch {
    return false; // the process has just ended
  }
}
