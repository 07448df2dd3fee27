import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lacksFiles } from '../../src/redis-data/aof-files';
import { checkAof } from '../../src/redis-data/check-aof';
import { mendData } from '../../src/redis-data/mend-data';

const command = (...words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
const kept = command('SELECT', '0') + command('SET', 'kept', 'yes');
const later = command('SET', 'later', 'yes');

describe('the data of a Redis', () => {
  const root = mkdtempSync(join(tmpdir(), 'redis-data-'));
  const made = join(root, 'made');
  const dir = join(root, 'redis');
  const folder = join(dir, 'appendonlydir');
  const manifest = join(folder, 'appendonly.aof.manifest');
  const base = join(folder, 'appendonly.aof.1.base.rdb');
  const last = join(folder, 'appendonly.aof.1.incr.aof');
  const options = { redisServer: 'redis-server', signal: new AbortController().signal };

  /** Whether a real Redis starts with these files, and knows the key. It is ended again. */
  const loads = (redisDir: string): boolean => {
    const cli = `redis-cli -s ${redisDir}/s`;
    const options = `--port 0 --unixsocket ${redisDir}/s --dir ${redisDir} --appendonly yes --save ''`;
    const script = [
      `redis-server ${options} > ${redisDir}/log &`,
      `until [ "$(${cli} ping 2>&1)" = PONG ] || ! kill -0 $!; do :; done`,
      `${cli} get kept; ${cli} shutdown; wait`,
    ];
    return spawnSync('timeout', ['20', 'sh', '-c', script.join('\n')], { encoding: 'utf8' }).stdout.includes('yes');
  };

  beforeAll(() => {
    mkdirSync(made);
    loads(made); // makes base and manifest
    writeFileSync(join(made, 'appendonlydir', 'appendonly.aof.1.incr.aof'), kept + later);
    for (const name of ['log', 's']) rmSync(join(made, name), { force: true });
  });
  beforeEach(() => {
    rmSync(dir, { recursive: true, force: true });
    cpSync(made, dir, { recursive: true });
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it.each([
    ['zeros', Buffer.alloc(4096)],
    ['what another file once held', Buffer.from('[2026-11-30] hello\n'.repeat(9))],
    ['half a command', Buffer.from(command('SET', 'half', 'yes').slice(0, -5))],
    ['a transaction without its end', Buffer.from(command('MULTI') + command('SET', 'half', 'yes'))],
  ])('is read up to %s at its end, and a copy of the file is kept', async (_what, end) => {
    appendFileSync(last, end);
    const before = readFileSync(last);
    const copy = join(dir, 'appendonly.aof.1.incr.aof.damaged');
    expect(await mendData(dir, options)).toEqual({
      kind: 'cut',
      cut: {
        file: last,
        bytes: end.length,
        keptBytes: (kept + later).length,
        copy,
      },
    });
    expect(readFileSync(last, 'latin1')).toBe(kept + later);
    expect(readFileSync(copy)).toEqual(before);
    expect(await mendData(dir, options)).toEqual({ kind: 'fit' });
    expect(loads(dir)).toBe(true);
  });

  it('is cut where zeros begin in its middle, and the newest copy is the only one', async () => {
    const hole = Buffer.from(kept + later);
    hole.fill(0, kept.length, kept.length + 4);
    writeFileSync(last, hole);
    writeFileSync(join(dir, 'appendonly.aof.0.incr.aof.damaged'), 'an earlier one');
    expect(await mendData(dir, options)).toMatchObject({ cut: { bytes: later.length, keptBytes: kept.length } });
    expect(readdirSync(dir).filter((name) => name.includes('damaged'))).toEqual(['appendonly.aof.1.incr.aof.damaged']);
    expect(loads(dir)).toBe(true);
  });

  it('loses nothing where a write that came short has left gaps of zeros between its commands', async () => {
    const gap = Buffer.alloc(394);
    writeFileSync(last, Buffer.concat([Buffer.from(kept), gap, Buffer.from(later), gap, Buffer.from(later)]));
    const before = readFileSync(last);
    const copy = join(dir, 'appendonly.aof.1.incr.aof.damaged');
    expect(await mendData(dir, options)).toEqual({ kind: 'closed', file: last, bytes: 2 * 394, copy });
    expect(readFileSync(last, 'latin1')).toBe(kept + later + later);
    expect(readFileSync(copy)).toEqual(before);
    expect(readdirSync(folder).filter((name) => name.includes('part'))).toEqual([]);
    expect(loads(dir)).toBe(true);
  });

  const second = join(folder, 'appendonly.aof.2.incr.aof');
  const begin = (content: string): void => {
    appendFileSync(manifest, 'file appendonly.aof.2.incr.aof seq 2 type i\n');
    writeFileSync(second, content);
  };

  it('loses nothing of a gap in a file that a failed rewrite has followed with another one', async () => {
    writeFileSync(last, Buffer.concat([Buffer.from(kept), Buffer.alloc(394), Buffer.from(later)]));
    begin(later);
    expect(await mendData(dir, options)).toMatchObject({ kind: 'closed', file: last, bytes: 394 });
    expect([last, second].map((file) => readFileSync(file, 'latin1'))).toEqual([kept + later, later]);
    expect(loads(dir)).toBe(true);
  });

  it('is cut also where only empty files of failed rewrites follow', async () => {
    appendFileSync(last, Buffer.alloc(10));
    begin('');
    expect(await mendData(dir, options)).toMatchObject({ kind: 'cut', cut: { file: last, bytes: 10 } });
    expect(loads(dir)).toBe(true);
  });

  it('is cut behind a gap that was closed, where the rest cannot be read', async () => {
    const half = command('SET', 'half', 'yes').slice(0, -5);
    writeFileSync(last, Buffer.concat([Buffer.from(kept), Buffer.alloc(394), Buffer.from(later + half)]));
    expect(await mendData(dir, options)).toMatchObject({ kind: 'cut', cut: { keptBytes: (kept + later).length } });
    expect(readFileSync(last, 'latin1')).toBe(kept + later);
  });

  it('is cut where whole pages are zeros, as after a power cut: nobody knows what was in them', async () => {
    const page = kept + command('SET', 'x', 'x'.repeat(4_096 - kept.length - 29));
    expect(page.length).toBe(4_096);
    writeFileSync(last, Buffer.concat([Buffer.from(page), Buffer.alloc(4_096), Buffer.from(later)]));
    expect(await mendData(dir, options)).toMatchObject({ kind: 'cut', cut: { keptBytes: 4_096 } });
  });

  it('is mended too where Redis is older than 7 and has one file', async () => {
    rmSync(folder, { recursive: true });
    const single = join(dir, 'appendonly.aof');
    writeFileSync(single, Buffer.concat([Buffer.from(kept), Buffer.alloc(100)]));
    expect(await mendData(dir, options)).toMatchObject({ cut: { file: single, bytes: 100, keptBytes: kept.length } });
    expect(readFileSync(single, 'latin1')).toBe(kept);
  });

  it('is left as it is where nothing is wrong, and before the first start', async () => {
    expect(await mendData(dir, options)).toEqual({ kind: 'fit' });
    expect(await mendData(join(root, 'nowhere'), options)).toEqual({ kind: 'fit' });
    expect(readdirSync(dir)).toEqual(['appendonlydir']);
  });

  const damages: readonly (readonly [string, () => void, RegExp, boolean])[] = [
    ['an empty manifest', () => truncateSync(manifest), /manifest is damaged/, true],
    ['a manifest of zeros', () => writeFileSync(manifest, Buffer.alloc(88)), /manifest is damaged/, true],
    ['no manifest', () => rmSync(manifest), /manifest is gone/, true],
    ['no base', () => rmSync(base), /base\.rdb is gone/, true],
    ['an empty base', () => truncateSync(base), /base\.rdb is empty/, true],
    ['no file of writes', () => rmSync(last), /incr\.aof is gone/, true],
    ['a base of zeros', () => writeFileSync(base, Buffer.alloc(statSync(base).size)), /redis-check-aof: /, false],
    ['a byte of the base changed', () => flip(base, 50), /redis-check-aof: /, false],
    ['damage before the last file', () => {
      appendFileSync(manifest, 'file appendonly.aof.2.incr.aof seq 2 type i\n');
      writeFileSync(join(folder, 'appendonly.aof.2.incr.aof'), later);
      appendFileSync(last, Buffer.alloc(10));
    }, /redis-check-aof: .*incr\.aof is not valid/, false],
  ];

  it.each(damages)('with %s is not touched, and the answer says so', async (_what, damage, because, isSeenAtOnce) => {
    damage();
    const before = treeOf(dir);
    expect(lacksFiles(dir)).toBe(isSeenAtOnce);
    expect(await mendData(dir, options)).toEqual({ kind: 'stuck', because: expect.stringMatching(because) });
    expect(treeOf(dir)).toEqual(before);
  });

  it('is not cut where no copy can be made', async () => {
    appendFileSync(last, Buffer.alloc(4096));
    mkdirSync(join(dir, 'appendonly.aof.1.incr.aof.damaged', 'in the way'), { recursive: true });
    expect(await mendData(dir, options)).toMatchObject({ kind: 'stuck' });
    expect(statSync(last).size).toBe((kept + later).length + 4096);
    expect(existsSync(join(dir, 'appendonly.aof.1.incr.aof.damaged.part'))).toBe(false);
  });

  it('is checked by redis-server itself where redis-check-aof is not installed', async () => {
    appendFileSync(last, Buffer.alloc(4096));
    const redisServer = execFileSync('sh', ['-c', 'readlink -f "$(command -v redis-server)"'], { encoding: 'utf8' });
    const { PATH } = process.env;
    process.env['PATH'] = root;
    try {
      const check = await checkAof(manifest, { ...options, redisServer: redisServer.trim() });
      expect(check).toMatchObject({ isValid: false, damage: { bytes: 4096 } });
    } finally {
      process.env['PATH'] = PATH;
    }
  });
});

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  writeFileSync(file, bytes);
}

const treeOf = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, encoding: 'utf8' }).toSorted().map((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? name : `${name} ${readFileSync(path, 'hex')}`;
  });
