import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { encodingOf, utf8 } from '@pinky/funpack-runner/light';
import { readDialect } from '../../src/record/dialect-file.js';
import { StdinPipe } from '../../src/launch/fifo.js';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('a game that speaks another encoding', () => {
  const dir = tempDir();
  const gbk = encodingOf('gbk') ?? utf8;
  const rule = { pattern: '^(?<user>.+) joined$', event: 'player_connected' };

  it('is understood: two players are two, and orders name them', async () => {
    const bench = await new LifeBench(dir(), { encoding: 'gbk', console: [rule] }).up();
    const { console: path } = bench.life.server.runs.current?.runLog.paths ?? { console: '' };
    for (const name of ['你好', '再见']) appendFileSync(path, gbk.encode(`${name} joined\n`));
    bench.machine.game.print('');
    await turns();
    expect(bench.events('player_connected').map(({ user }) => user)).toEqual(['你好', '再见']);
    expect(await bench.command('kick', { user: '再见', message: '' })).toMatchObject({ delivery: 'passed_on' });
    expect(bench.machine.game.heard).toEqual(['kick 再见']);
    await expect(bench.command('broadcast', { message: '😀' })).rejects.toMatchObject({ code: 'bad_text' });
  });

  it('is understood by a worker that reads its console when the funpack is gone', async () => {
    const bench = await new LifeBench(dir(), { encoding: 'gbk', console: [rule] }).up();
    const paths = bench.life.server.runs.current?.runLog.paths;
    expect(paths && readDialect(paths)).toMatchObject({ encoding: 'gbk', console: [rule], eventLines: true });
  });

  it('hears its own bytes', () => {
    const path = join(dir(), 'stdin');
    execFileSync('mkfifo', [path]);
    const stdin = new StdinPipe(path);
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    stdin.writeLine('say 你好', gbk);
    const bytes = Buffer.alloc(100);
    const count = readSync(fd, bytes);
    expect(bytes.subarray(0, count)).toEqual(Buffer.from('736179 20 c4e3 bac3 0a'.replaceAll(' ', ''), 'hex'));
    closeSync(fd);
    stdin.close();
  });
});
