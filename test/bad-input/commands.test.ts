import { readdirSync } from 'node:fs';
import { assertBuilt, type RealBox } from '../box/real-box';
import { until } from '@pinky/protocol/testing';
import { BadInputBox, obedient } from './bad-input-box';

describe('a box that is given bad commands', () => {
  let trouble: BadInputBox;
  let box: RealBox;
  beforeAll(async () => {
    assertBuilt();
    trouble = new BadInputBox(21_100);
    box = trouble.box;
    await trouble.up();
  });
  afterAll(() => trouble.end());

  it.each(['../../etc', '..', '.', 'a/b', 'x'.repeat(65), 'a b', 'ä', 'a\n'])(
    'refuses the server id %j on the command line and in the queue, and makes no file',
    async (id) => {
      const before = readdirSync(box.home);
      expect(await trouble.producer.job('start', { serverId: id, funpack: 'emberhollow' })).toEqual({
        code: 'bad_server_id',
      });
      if (id === '../../etc') {
        expect(await box.pinky(['start', id, '--funpack', 'emberhollow'])).toMatchObject({
          code: 2,
          answer: { error: { code: 'bad_server_id' } },
        });
      }
      expect([readdirSync(box.servers), readdirSync(box.home)]).toEqual([[], before]);
    },
  );

  it.each([
    ['dance', { serverId: 'a' }, 'unknown_command'],
    ['__proto__', { serverId: 'a' }, 'unknown_command'],
    ['start', 'text', 'bad_command'],
    ['start', { serverId: 'a' }, 'bad_command'],
    ['start', { serverId: 'a', funpack: 7 }, 'bad_command'],
    ['start', { serverId: 'a', funpack: 'emberhollow', ram: 'much' }, 'bad_command'],
    ['stop', null, 'bad_command'],
    ['start', { serverId: 'a', funpack: 'no-such-funpack' }, 'not_found'],
    ['start', { serverId: 'a', funpack: 'ftp://127.0.0.1/x.tar' }, 'bad_url'],
    ['start', { serverId: 'a', funpack: 'emberhollow', settings: { maxPlayers: 'many' } }, 'bad_settings'],
    ['tell', { serverId: 'a', user: 'bob', message: 'hi' }, 'not_running'],
  ])('answers the job %s %j with %s', async (name, data, code) => {
    expect(await trouble.producer.job(name, data)).toEqual({ code });
    await trouble.expectNothingLeft('a');
  });

  it('answers every bad item of the list, and goes on with the next', async () => {
    const codes = await trouble.producer.items([
      'not json',
      '[]',
      '7',
      '""',
      Buffer.from([0xff, 0xfe]),
      '{"name":"dance","serverId":"a"}',
      '{"name":"stop","serverId":"../../etc"}',
      '{"name":"start"}',
      '{"name":"stop","serverId":"a"}',
    ]);
    expect(codes).toEqual([
      'bad_command',
      'bad_command',
      'bad_command',
      'bad_command',
      'bad_command',
      'unknown_command',
      'bad_server_id',
      'bad_command',
      undefined,
    ]);
  });

  it('never passes a line break to a game', async () => {
    const funpack = trouble.pack('talk', obedient);
    expect(await trouble.producer.job('start', { serverId: 'talk', funpack })).toMatchObject({ ok: { state: 'up' } });
    for (const bad of ['hi\nstop', 'hi\rstop', 'hi\u0000', '\u001b[2J', 'hi\u2028stop'])
      expect(await trouble.producer.job('broadcast', { serverId: 'talk', message: bad })).toEqual({ code: 'bad_text' });
    expect(await trouble.producer.job('tell', { serverId: 'talk', user: 'bob\nstop', message: 'hi' })).toEqual({
      code: 'bad_text',
    });
    expect(await box.pinky(['broadcast', 'talk', 'hi\nstop'])).toMatchObject({
      code: 2,
      answer: { error: { code: 'bad_text' } },
    });
    expect(await trouble.producer.job('broadcast', { serverId: 'talk', message: 'hello' })).toMatchObject({
      ok: { state: 'up' },
    });
    await until('the game has heard it', () => box.text('servers/talk/working/heard').includes('\n'));
    expect(box.text('servers/talk/working/heard')).toBe('say hello\n');
    await trouble.expectNothingLeft('talk');
  });

  it('leaves nothing at all when it goes down', () => trouble.expectNothingAtAll());
});
