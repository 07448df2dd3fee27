import { silentLogger, type LogRecord } from '@pinky/protocol';
import { KeptRecord } from '../../src/record/kept-record.js';
import { ServerFiles } from '../../src/record/server-files.js';
import { recordOfStart, withWorldUsed, type ServerRecord } from '../../src/record/server-record.js';
import { configOf } from '../fakes/config.js';
import { tempDir } from '../temp.js';

const start = {
  serverId: 'one',
  funpack: { url: 'pack' },
  ram: { min: 64, max: 64 },
  settings: {},
};
const record: ServerRecord = recordOfStart(undefined, start, { port: 10_000 });

describe('the record of a server', () => {
  const dir = tempDir();

  function kept() {
    const files = new ServerFiles('one', configOf(dir()));
    files.make();
    const logged: LogRecord[] = [];
    const log = { ...silentLogger, error: (one: LogRecord) => void logged.push(one) };
    return { files, logged, made: new KeptRecord(files, log) };
  }

  it('is the same in memory and on disk', () => {
    const { made, files } = kept();
    made.change({ wanted: 'down' });
    expect([made.now, files.record()]).toEqual([undefined, undefined]);
    made.begin(record);
    made.change({ restarts: 1 });
    expect([made.now, files.record()]).toEqual([{ ...record, restarts: 1 }, { ...record, restarts: 1 }]);
  });

  it('holds even if the disk refuses it, and that is logged', () => {
    const { made, files, logged } = kept();
    made.begin(record);
    files.write = () => { throw new Error('no space'); };
    expect(() => made.change({ wanted: 'down' })).toThrow('no space');
    made.tryChange({ restarts: 7 });
    expect(made.now).toMatchObject({ wanted: 'down', restarts: 7 });
    expect(logged).toMatchObject([{ event: 'server.record_unwritten' }]);
  });

  it('says once that its world is worth a backup, when somebody may have played in it', () => {
    const { made, files } = kept();
    made.begin(record);
    made.keepWorld();
    expect(files.record()).toMatchObject({ isWorldUnused: false });
    files.write = () => { throw new Error('it is not written again'); };
    made.keepWorld();
    expect(made.now?.isWorldUnused).toBe(false);
  });
});

describe('the record of a start', () => {
  const played: ServerRecord = {
    ...record,
    hasWorld: true,
    isWorldUnused: false,
    funpack: { dir: '/pack', digest: 'd' },
    restarts: 3,
    wanted: 'down',
    failedAt: 1,
  };

  it('keeps a world that somebody played in', () => {
    expect(recordOfStart(played, start, { port: 10_100 })).toEqual({
      ...record,
      port: 10_100,
      hasWorld: true,
      isWorldUnused: false,
      funpack: played.funpack,
    });
  });

  it.each([
    ['nothing was before', undefined, start],
    ['there was no world', { ...played, hasWorld: false }, start],
    ['nobody has been in it', { ...played, isWorldUnused: true }, start],
    ['another one is named', played, { ...start, world: { url: 'another' } }],
    ['a new one is asked for', played, { ...start, world: 'new' as const }],
  ])('begins with another world if %s', (_, before, given) => {
    expect(recordOfStart(before, given, { port: 10_000 })).toMatchObject({ hasWorld: false, isWorldUnused: true });
  });

  it('begins again with the world that an earlier start named, until the game has been up with it', () => {
    const world = { url: 'w.tar.lzo', sha256: 'a'.repeat(64) };
    const tried = recordOfStart(undefined, { ...start, world }, { port: 10_000 });
    expect(recordOfStart(tried, start, { port: 10_000 })).toMatchObject({ start: { world }, hasWorld: false });
    const up = { ...tried, hasWorld: true, ...withWorldUsed(tried) };
    expect(JSON.stringify(up)).not.toContain('w.tar.lzo');
    expect(recordOfStart(up, start, { port: 10_000 })).toMatchObject({ start, hasWorld: true });
    // The same start once more keeps what was played since; one that names another world does not.
    expect(recordOfStart(up, { ...start, world }, { port: 10_000 }).hasWorld).toBe(true);
    expect(recordOfStart(up, { ...start, world: { url: 'x' } }, { port: 10_000 }).hasWorld).toBe(false);
  });

  it('keeps the world that it names, if that is the one it began with', () => {
    const world = { url: 'the same' };
    const withWorld = { ...start, world };
    expect(recordOfStart({ ...played, start: withWorld }, withWorld, { port: 10_000 }).hasWorld).toBe(true);
  });
});
