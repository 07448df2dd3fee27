import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { BackupView, RestoreResult } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { Producer } from '../box/producer';
import { assertBuilt } from '../box/real-box';
import { DefinedBox } from '../definitions/defined-box';

/** It writes what it is told into its world. */
const game = `echo '{"event":"started"}'
while read -r word more; do case "$word" in write) echo "$more" >map; echo "wrote $more";; stop) exit 0;; esac; done`;

describe('going back', () => {
  const box = new DefinedBox(22_300, 20, 'keep: 1');
  let producer: Producer;
  beforeAll(async () => {
    assertBuilt();
    await box.up();
    producer = new Producer(box.home);
    expect(await box.pinky(['start', 'a', '--funpack', box.pack('writer', {}, game)])).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    await producer.end();
    await box.end();
  });

  const map = (): string => box.text('servers', 'a', 'working', 'map').trim();
  async function write(text: string): Promise<void> {
    await producer.job('console', { serverId: 'a', line: `write ${text}` });
    await until('it is written', () => map() === text);
  }
  const list = async (): Promise<readonly BackupView[]> =>
    (await box.pinky(['backups', 'a'])).answer.servers[0].backups;
  const restore = async (...args: readonly string[]): Promise<RestoreResult> => {
    const { code, answer } = await box.pinky(['restore', 'a', ...args]);
    expect([code, answer]).toEqual([0, expect.objectContaining({ serverId: 'a' })]);
    return answer;
  };

  it('stops a server that is up and starts it again, from the backup that its stop would have removed', async () => {
    await write('one');
    await box.pinky(['backup', 'a']);
    const [first] = await list();
    await write('two');
    const { backup, present, newest, wasStopped, state } = await restore(String(first?.seconds));
    expect([backup.name, wasStopped, state]).toEqual([first?.name, true, 'up']);
    expect(map()).toBe('one');
    expect(newest.restoredFrom).toBe(first?.name);
    expect(present?.because).toBe('the world before a restore');
    expect(Math.round((Number(present?.pinnedUntil) - Date.now()) / 86_400_000)).toBe(30);
    expect(box.definition('a')).toMatchObject({ wanted: 'up' });

    await restore(String(present?.seconds));
    expect(map()).toBe('two');
  });

  it('leaves a server that is down as it is, and its next start goes on from the world of that time', async () => {
    await write('three');
    await box.pinky(['stop', 'a']);
    await box.pinky(['pin', 'a']);
    // Each backup's name has a second of its own: after several within one, it is still to come.
    const atMs = Number((await list())[0]?.seconds) * 1_000;
    await until('its second has come', () => Date.now() >= atMs);
    const at = new Date(atMs).toISOString();
    await box.pinky(['start', 'a']);
    await write('four');
    await box.pinky(['stop', 'a']);
    expect(await restore('--at', at)).toMatchObject({ wasStopped: false, state: 'down' });
    expect(existsSync(box.file('servers', 'a', 'working'))).toBe(false);
    expect(box.definition('a')).toMatchObject({ wanted: 'down' });
    expect(await box.pinky(['start', 'a'])).toMatchObject({ code: 0 });
    expect(map()).toBe('three');
  });

  it('changes nothing where the chosen backup is damaged, and the game runs on', async () => {
    await box.pinky(['backup', 'a']);
    const [newest] = await list();
    const damaged = readFileSync(newest?.path ?? '');
    damaged.fill(0, damaged.length - 30);
    rmSync(newest?.path ?? '');
    appendFileSync(newest?.path ?? '', damaged);
    const pid = box.text('servers', 'a.pid');
    for (const code of ['bad_archive', 'unclean_backup'])
      expect(await box.pinky(['restore', 'a'])).toMatchObject({ code: 1, answer: { error: { code } } });
    expect([map(), box.text('servers', 'a.pid')]).toEqual(['three', pid]);
    expect((await list())[0]?.problem).toMatch(/^bad_archive/);
  });

  it('is asked for by job as well, also to pin, verify and hand out', async () => {
    for (const at of ['in 2 hours', '2099-01-01 00:00'])
      expect(await producer.job('restore', { serverId: 'a', at })).toEqual({ code: 'bad_command' });
    expect(await producer.job('restore', { serverId: 'a', at: '9000 days ago' })).toEqual({ code: 'not_found' });
    const file = box.file('got.tar.lzo');
    expect(await producer.job('pin', { serverId: 'a', which: 'newest-clean' })).toMatchObject({
      ok: { backup: { pinnedUntil: 'ever' } },
    });
    expect(await producer.job('verify', { serverId: 'a', which: 'newest-clean' })).toMatchObject({ ok: { files: 1 } });
    expect(await producer.job('backups get', { serverId: 'a', which: 'newest-clean', file })).toMatchObject({
      ok: { file, size: readFileSync(file).length },
    });
    expect(await producer.job('backups rm', { serverId: 'a' })).toEqual({ code: 'bad_command' });
    const item = { id: '1', name: 'restore', data: { serverId: 'a', which: 'newest-clean' } };
    expect(await producer.items([JSON.stringify(item)])).toEqual([undefined]);
    await box.untilStates({ a: 'up' });
  });

  it('lists the backups of a server that is gone', async () => {
    await box.pinky(['stop', 'a']);
    expect(await box.pinky(['rm', 'a', '--discard'])).toMatchObject({ code: 0 });
    expect(readdirSync(box.file('definitions'))).not.toContain('a.json');
    expect((await box.pinky(['backups'])).answer.servers).toMatchObject([{ serverId: 'a', isGone: true }]);
  });
});
