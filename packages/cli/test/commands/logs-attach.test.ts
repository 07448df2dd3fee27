import { appendFileSync, mkdirSync } from 'node:fs';
import { serverPaths } from '@pinky/protocol';
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

  it('says that there is no console to attach to', async () => {
    expect(await cli(['attach', 's9', '--home', box.home])).toMatchObject({
      code: 3,
      err: expect.stringContaining('pinky: not_running: server s9 has no console'),
    });
  });
});
