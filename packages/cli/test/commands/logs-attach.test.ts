import { appendFileSync, mkdirSync } from 'node:fs';
import { serverPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { cli, startCli } from '../cli-run.js';
import { TalkingBox } from '../talking-box.js';

describe('pinky logs and attach', () => {
  let box: TalkingBox;
  beforeEach(() => { box = new TalkingBox(); });
  afterEach(() => box.remove());

  const say = (text: string | Buffer): void => {
    const run = serverPaths(box.servers, 's1').run('r1');
    mkdirSync(run.dir, { recursive: true });
    appendFileSync(run.console, text);
  };

  it('prints the bytes unchanged if stdout is not a terminal', async () => {
    say(Buffer.from('\u001b[31mred\u001b[0m\n\r\u0007\n'));
    say(Buffer.from([0xff, 0x0a]));
    const logs = startCli(['logs', 's1', '--home', box.home]);
    expect(await logs.done).toBe(0);
    expect(logs.outBytes().toString('latin1')).toBe('\u001b[31mred\u001b[0m\n\r\u0007\n\u00ff\n');
  });

  it('prints text only on a terminal', async () => {
    say('\u001b[31mred\u001b[0m\n\u001b]0;owned\u0007plain\n');
    expect((await cli(['logs', 's1', '--home', box.home], { isTerminal: true })).out).toBe('red\nplain\n');
  });

  it('prints one JSON document per line, even for an unfinished last line', async () => {
    say('one\ntw"o\nhalf');
    expect((await cli(['logs', 's1', '--json', '--home', box.home])).out).toBe(
      '{"line":"one"}\n{"line":"tw\\"o"}\n{"line":"half"}\n',
    );
  });

  it('says that a server without a folder has no console', async () => {
    expect(await cli(['logs', 's9', '--home', box.home])).toMatchObject({
      code: 3,
      err: expect.stringContaining('pinky: not_running: server s9 has no console'),
    });
  });

  it('asks whether another server was meant, unless the names differ only in digits', async () => {
    box.serverFolder('first');
    box.serverFolder('game1');
    expect((await cli(['logs', 'frist', '--home', box.home])).err).toContain('; did you mean first?');
    expect((await cli(['explain', 'frist', '--home', box.home])).err).toContain('; did you mean first?');
    expect((await cli(['logs', 'game2', '--home', box.home])).err).not.toContain('did you mean');
  });

  it('follows until Ctrl-C', async () => {
    say('one\n');
    const logs = startCli(['logs', '-f', '-n', '1', 's1', '--home', box.home]);
    await logs.untilOut('one\n');
    say('two\n');
    await logs.untilOut('two\n');
    logs.interrupt();
    expect(await logs.done).toBe(0);
  });

  it('sends typed lines to the game in order, and shows its output', async () => {
    const lines: string[] = [];
    await box.listenAsQueue({ command: (params) => {
      const { name, data } = params as { name: string; data: { serverId: string; line: string } };
      lines.push(`${name} ${data.serverId} ${data.line}`);
      say(`you said ${data.line}\n`);
      return { serverId: 's1', state: 'up' };
    } });
    say('ready\n');
    const attached = startCli(['attach', 's1', '--home', box.home]);
    await attached.untilOut('ready\n');
    attached.stdin.write('say hello\nlist\n');
    await attached.untilOut('you said list\n');
    attached.stdin.end();
    expect(await attached.done).toBe(0);
    expect(lines).toEqual(['console s1 say hello', 'console s1 list']);
  });

  it('reports a line that the box refuses, and goes on with the next', async () => {
    await box.listenAsQueue({ command: (params) => {
      if ((params as { data: { line: string } }).data.line === 'bad') throw new Error('no');
      say('heard\n');
      return { serverId: 's1', state: 'up' };
    } });
    say('ready\n');
    const attached = startCli(['attach', 's1', '--home', box.home]);
    attached.stdin.end('bad\ngood\n');
    await attached.untilOut('heard\n');
    expect(await attached.done).toBe(0);
    expect(attached.err()).toContain('pinky: internal: no');
  });

  it('shows the events of a game as words on a terminal, and its JSON elsewhere', async () => {
    const event = '{"ts":"2026-11-30T05:12:03Z","event":"chat","user":"ann","message":"hi\\u001b[2J","room":3}';
    say(`${event}\n{ not json\nplain`);
    const time = new Date('2026-11-30T05:12:03Z').toLocaleTimeString('sv-SE');
    expect((await cli(['logs', 's1', '--home', box.home], { isTerminal: true })).out).toBe(
      `${time}  chat                 ann: hi room=3\n{ not json\nplain`,
    );
    expect((await cli(['logs', 's1', '--home', box.home])).out).toBe(`${event}\n{ not json\nplain`);
  });

  describe('with --since or --grep', () => {
    const run = (...args: string[]) => cli(['logs', 's1', ...args, '--home', box.home]);
    /** The game said each line so many minutes ago. */
    const sayAgo = (...lines: readonly (readonly [minutes: number, line: string])[]): void => {
      let offset = 0;
      for (const [minutes, line] of lines) {
        say(`${line}\n`);
        const { times } = serverPaths(box.servers, 's1').run('r1');
        appendFileSync(times, `${offset} ${Date.now() - minutes * 60_000}\n`);
        offset += line.length + 1;
      }
    };

    it('prints what the game has said since then', async () => {
      sayAgo([180, 'one'], [90, 'two'], [10, 'three']);
      expect((await run('--since', '2h')).out).toBe('two\nthree\n');
      expect((await run('--since', '30 minutes ago')).out).toBe('three\n');
      expect((await run('--since', '1m')).out).toBe('');
      expect((await run('--since', '2d', '-n', '1', '--json')).out).toBe('{"line":"three"}\n');
    });

    it('prints the lines that match, whatever their case and colour', async () => {
      say('ann \u001b[32mJoined\u001b[0m\nbob left\nann said: hello\nbob joined');
      expect((await run('--grep', 'n joined|bob j')).out).toBe('ann \u001b[32mJoined\u001b[0m\nbob joined\n');
      expect((await run('--grep', 'bob', '-n', '1')).out).toBe('bob joined\n');
      expect((await run('--grep', 'nobody')).out).toBe('');
    });

    it('goes on with new lines that match', async () => {
      sayAgo([10, 'ann joined'], [9, 'noise']);
      const following = startCli(['logs', '-f', 's1', '--grep', 'joined', '--since', '1h', '--home', box.home]);
      await following.untilOut('ann joined\n');
      say('noise\nbob joined\n');
      await following.untilOut('bob joined\n');
      following.interrupt();
      await following.done;
      expect(following.out()).toBe('ann joined\nbob joined\n');
    });

    it('refuses what is no time and no pattern', async () => {
      say('x\n');
      expect(await run('--since', 'soon')).toMatchObject({ code: 2, err: expect.stringContaining('"soon"') });
      expect(await run('--grep', '(')).toMatchObject({ code: 2, err: expect.stringContaining('regular expression') });
    });
  });

  it('greets at a terminal, edits and recalls lines, and prints the console above them', async () => {
    const lines: string[] = [];
    await box.listenAsQueue({
      servers: () => [],
      command: (params) => {
        const { line } = (params as { data: { line: string } }).data;
        lines.push(line);
        say(`heard ${line}\n`);
        return { serverId: 's1', state: 'up' };
      },
    });
    say('ready\n');
    const attached = startCli(['attach', 's1', '--home', box.home], { isTerminal: true, env: { NO_COLOR: '1' } });
    await attached.untilOut('attached to s1; your lines go to its console');
    await attached.untilOut('ready\n');
    attached.stdin.write('lisst\u001b[D\u001b[D\u007f\r');
    await attached.untilOut('heard list');
    attached.stdin.write('\u001b[A\r');
    await until('the line has come again', () => lines.length === 2);
    say('half a question?');
    await attached.untilOut('half a question?\n');
    attached.stdin.write('\r\u0004');
    expect(await attached.done).toBe(0);
    expect(lines).toEqual(['list', 'list']);
  });

  it('says that there is no console to attach to', async () => {
    expect(await cli(['attach', 's9', '--home', box.home])).toMatchObject({
      code: 3,
      err: expect.stringContaining('pinky: not_running: server s9 has no console'),
    });
  });
});
