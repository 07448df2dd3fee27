import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeGuise, type Isolation } from '@pinky/jail';
import type { Logger } from '@pinky/protocol';
import { takeFunpack } from '../../src/prepare/take-funpack.js';
import { ServerFiles } from '../../src/record/server-files.js';
import type { ServerRecord } from '../../src/record/server-record.js';
import { configOf } from '../fakes/config.js';
import { tempDir } from '../temp.js';

describe('a worker that takes over a server', () => {
  const dir = tempDir();
  const isolation: Isolation = { kind: 'strict', user: { uid: 70_000, gid: 70_000 }, hasNamespaces: true };

  /** Takes over a server that was prepared in this folder. Answers the mounts of its game. */
  const mountsAfter = (preparedIn: (files: ServerFiles) => string): string => {
    const config = configOf(dir());
    const files = new ServerFiles('one', config);
    const pack = join(dir(), 'pack');
    for (const each of [pack, files.paths.jail, files.paths.working]) mkdirSync(each, { recursive: true });
    writeFileSync(join(pack, 'funpack.json'), JSON.stringify({ name: 'g', version: '1', run: ['true'] }));
    const mounts = join(files.paths.jail, 'mounts');
    writeFileSync(mounts, 'those of before');
    const record = {
      start: { serverId: 'one', funpack: { url: pack }, ram: { min: 1, max: 1 }, settings: {} },
      port: 10_000,
      confinement: { isolation },
      funpack: { dir: pack, digest: 'd' },
      preparedIn: preparedIn(files),
    } as unknown as ServerRecord; // the fields that are read here
    let isPrepared = false;
    takeFunpack({
      server: { record: { tryChange: () => undefined }, prepare: () => { isPrepared = true; } } as never,
      files,
      config: () => config,
      log: { info: () => undefined, error: () => undefined } as unknown as Logger,
    }, record);
    expect(isPrepared).toBe(true);
    return readFileSync(mounts, 'utf8');
  };

  it('writes down anew what its programs see, where the home was moved since', () => {
    expect(mountsAfter(() => '/elsewhere/servers/one/working')).toContain(join(dir(), 'servers/one/working'));
  });

  it('writes it down anew in the same place too, since its funpack may lie in another folder now', () => {
    const mounts = mountsAfter(({ paths }) => paths.working);
    expect(mounts).toContain(join(dir(), 'pack'));
    const file = join(new ServerFiles('one', configOf(dir())).paths.jail, 'mounts');
    const { ino } = statSync(file);
    writeGuise(isolation, { dir: join(file, '..'), writable: [dir()], readable: [] });
    expect(statSync(file).ino).not.toBe(ino);
    const again = statSync(file);
    writeGuise(isolation, { dir: join(file, '..'), writable: [dir()], readable: [] });
    expect(statSync(file).ino).toBe(again.ino); // what is right stays
  });
});
