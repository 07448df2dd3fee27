import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readMaintenance } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { assertBuilt } from '../box/real-box';
import { DefinedBox } from '../definitions/defined-box';
import { listStore } from '../../packages/funpack-runner/src/remote/list-store';
import { S3Bucket, type StoreContext } from '../../packages/funpack-runner/src/s3/s3-bucket';
import { accessAt, startSwift, type Swift } from '../../packages/funpack-runner/test/support/swift';
import { tcpProxy, type TcpProxy } from '../../packages/funpack-runner/test/support/tcp-proxy';

/** Backups that go to a store which is out of reach for a while, by the command line that operators use. */
describe('a box whose backups go to a store', () => {
  const box = new DefinedBox(21_800, 20, 'store: s3://worlds/box-1');
  const fresh = new DefinedBox(21_900, 20, 'store: s3://worlds/box-1');
  let swift: Swift;
  let proxy: TcpProxy;
  let context: StoreContext;
  let pack: string;

  const configure = (one: DefinedBox, port: number): void => {
    const { endpoint, keys } = accessAt(port);
    writeFileSync(one.file('pinky.yml'), [
      one.text('pinky.yml').trim(),
      `s3: {endpoint: "${endpoint}"}`,
      `aws: {access_key: "${keys?.accessKey}", secret_key: "${keys?.secretKey}"}`,
      '',
    ].join('\n'));
  };

  beforeAll(async () => {
    assertBuilt();
    swift = await startSwift();
    proxy = await tcpProxy(swift.port);
    context = { s3: swift.access, allowedHosts: [], signal: new AbortController().signal };
    await new S3Bucket('worlds', context).request({ method: 'PUT' });
    configure(box, proxy.port);
    configure(fresh, swift.port);
    pack = box.pack('game');
    proxy.isDown = true;
    await box.up();
  });
  afterAll(async () => {
    await box.end();
    await fresh.end();
    await proxy.close();
    await swift.end();
  });

  const notes = async (): Promise<string> => ((await box.pinky(['ps'])).answer.notes as string[]).join('\n');
  const archives = (): string[] =>
    readdirSync(box.file('backups/worlds/a')).filter((name) => name.endsWith('.tar.lzo'));

  it('stops a server while the store is down, and says that its backup waits, and why', async () => {
    expect(await box.pinky(['start', 'a', '--funpack', pack])).toMatchObject({ code: 0 });
    expect(await box.pinky(['stop', 'a'])).toMatchObject({ code: 0, answer: { state: 'down' } });
    expect(archives()).toHaveLength(1);
    await until('a runner has tried to send it', () => readMaintenance(box.home)?.problems['upload'] !== undefined);
    expect(readMaintenance(box.home)).toMatchObject({ store: 's3://worlds/box-1/', waiting: { a: { count: 1 } } });
    expect(await notes()).toMatch(/1 backup waits for the store s3:\/\/worlds\/box-1\/ \(.+\): .+ \(tried 4 times\)/);
  });

  it('warns once, in an event, of a server that runs on; explain tells it too', async () => {
    expect(await box.pinky(['start', 'a'])).toMatchObject({ code: 0 });
    for (const _ of [1, 2]) expect(await box.pinky(['backup', 'a'])).toMatchObject({ code: 0 });
    const runs = readdirSync(box.file('servers/a/runs'));
    const journal = runs.map((run) => box.text('servers/a/runs', run, 'journal')).join('');
    expect(journal.match(/"kind":"backups_waiting"/g) ?? journal).toHaveLength(1);
    expect(JSON.stringify((await box.pinky(['explain', 'a'])).answer)).toContain('for the store s3://worlds/box-1/');
  });

  it('sends everything once the store is back, also while queue and Redis hang', async () => {
    const { processes } = (await box.pinky(['ps'])).answer as { processes: { role: string; pid: number }[] };
    const queue = processes.find(({ role }) => role === 'queue')?.pid ?? NaN;
    const pids = [queue, Number(box.text('redis/redis.pid').trim() || NaN)];
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    proxy.isDown = false;
    // other settings, so that it is not waited for the next try
    writeFileSync(box.file('pinky.yml'), `${box.text('pinky.yml')}allowed_hosts: [127.0.0.1]\n`);
    expect(await box.pinky(['reload'])).toMatchObject({ code: 0 });
    await until('nothing waits any more', () => !readMaintenance(box.home)?.waiting['a']);
    expect((await listStore('s3://worlds/box-1', context)).map(({ url }) => url.split('/').at(-1))).toEqual(archives());
    for (const pid of pids) if (box.processes().includes(pid)) process.kill(pid, 'SIGCONT');
    expect(await notes()).not.toContain('the store');
  });

  it('tells nobody the keys: no log, no event, no environment of a game', () => {
    const files = readdirSync(box.file('log')).map((name) => readFileSync(box.file('log', name), 'utf8'));
    const processes = box.processes().map((pid) => {
      try {
        return ['environ', 'cmdline'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1')).join('\n');
      } catch {
        return ''; // it has just ended
      }
    });
    for (const text of [...files, ...processes, box.text('maintenance.json')])
      expect(text).not.toContain('a-secret-of-the-tests');
  });

  it('does not wait for a store that is silent when it is to end; the next life of the box goes on', async () => {
    const before = proxy.connections();
    proxy.isSilent = true;
    // A runner may speak to it before this returns.
    expect(await box.pinky(['backup', 'a', '--force'])).toMatchObject({ code: 0 });
    await until('a runner speaks to the store', () => proxy.connections() > before);
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
    expect(proxy.connections()).toBe(before + 1); // it was not even asked a second time
    proxy.isSilent = false;
    await box.up();
    const names = async (): Promise<string[]> =>
      (await listStore('s3://worlds/box-1', context)).map(({ url }) => url.split('/').at(-1) ?? '');
    await until('the store has all backups', async () => (await names()).join() === archives().join());
  });

  it('brings its worlds back on a fresh machine', async () => {
    const newest = (await listStore('s3://worlds/box-1', context, 'a')).at(-1);
    await fresh.up();
    const started = await fresh.pinky(['start', 'b', '--funpack', fresh.pack('game'), '--world', newest?.url ?? '']);
    expect(started).toMatchObject({ code: 0, answer: { state: 'up' } });
    // two lives on the other machine, and this one
    expect(fresh.text('servers/b/working/world')).toBe('lived\n'.repeat(3));
  });
});
