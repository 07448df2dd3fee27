import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, readDefinition, readRememberedPorts, silentLogger, type LogRecord } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { DefinitionBook } from '../../src/definitions/definition-book.js';

const start = { funpack: { url: 'pack' }, ram: { min: 64, max: 64 }, settings: { motd: 'hi' } } as const;

describe('the definitions of a box', () => {
  let home: string;
  const logged: LogRecord[] = [];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pinky-definitions-'));
    logged.length = 0;
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const open = () => {
    const clock = new FakeClock();
    const logger = { ...silentLogger, error: (record: LogRecord) => void logged.push(record) };
    const book = new DefinitionBook({ home, logger, clock });
    book.load();
    return { clock, book };
  };

  it('are on the disk once a change is done, each with a higher revision', async () => {
    const { book } = open();
    const revision = book.nextRevision('a');
    await book.define('a', start, { wanted: 'up', changedIn: revision });
    expect(readDefinition(home, 'a')).toMatchObject({ ...start, revision: 1, changedIn: 1, wanted: 'up' });
    await book.want('a', 'down');
    expect(readDefinition(home, 'a')).toMatchObject({ revision: 2, changedIn: 1, wanted: 'down' });
    book.remember('a', { port: 10_000, digest: 'd', plain: ['motd'] });
    await book.settled('a');
    expect(readDefinition(home, 'a')).toMatchObject({ revision: 3, changedIn: 1, port: 10_000, digest: 'd' });
    expect(readdirSync(boxPaths(home).definitions)).toEqual(['.ports', 'a.json']);
    expect(readRememberedPorts(home)).toEqual([{ port: 10_000, serverId: 'a', isFixed: false }]);
    await book.forget('a');
    await book.stop();
    expect(readdirSync(boxPaths(home).definitions)).toEqual(['.ports']);
    expect(readRememberedPorts(home)).toEqual([]);
  });

  it('are not written again where nothing changes', async () => {
    const { book } = open();
    await book.define('a', { ...start, port: 10_000, isPortFixed: true }, { wanted: 'up', changedIn: 1 });
    await book.want('a', 'up');
    book.remember('a', { port: 10_100 }); // a port that was given is never changed
    await book.settled('a');
    expect(book.get('a')).toMatchObject({ revision: 1, port: 10_000 });
  });

  it('keep fields of a newer version, and wait for a disk that refuses', async () => {
    const path = boxPaths(home).definition('a');
    mkdirSync(boxPaths(home).definitions);
    const newer = { format: 1, serverId: 'a', revision: 7, changedIn: 7, wanted: 'up', wantedSince: 0, ...start };
    writeFileSync(path, JSON.stringify({ ...newer, schedules: ['daily'] }));
    const { book, clock } = open();
    rmSync(path);
    mkdirSync(path); // nothing can be renamed there
    await book.want('a', 'down'); // does not wait for the disk
    expect(logged).toMatchObject([{ event: 'definition.unwritten', serverId: 'a' }]);
    rmSync(path, { recursive: true });
    await clock.advance(1_000);
    await book.stop();
    expect(readDefinition(home, 'a')).toMatchObject({ revision: 8, wanted: 'down', schedules: ['daily'] });
  });

  it('leave one out that is damaged, and say so', () => {
    mkdirSync(boxPaths(home).definitions);
    writeFileSync(boxPaths(home).definition('a'), '{"format":1,"serverId":"a"');
    writeFileSync(boxPaths(home).definition('b'), JSON.stringify({ format: 1, serverId: 'c', revision: 1, ...start }));
    expect(open().book.all()).toEqual([]);
    expect(logged.map(({ event, serverId }) => [event, serverId])).toEqual([
      ['definition.damaged', 'a'],
      ['definition.damaged', 'b'],
    ]);
  });
});
