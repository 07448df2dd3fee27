import { parseListItem } from '../../src/lists/list-item.js';

const parse = (item: object) => parseListItem(Buffer.from(JSON.stringify(item)), 'pinky:1:answers');

describe('an item of the list', () => {
  it('names its command by `type` where there is no `name`', () => {
    expect(parse({ type: 'stop', serverId: 'a' })).toEqual({ name: 'stop', data: { serverId: 'a' } });
    expect(parse({ type: 'stop', data: { serverId: 'a' }, id: 7 })).toEqual({
      name: 'stop',
      data: { serverId: 'a' },
      id: 7,
    });
  });

  it('may say its command by `name` and by `type`, if both say the same', () => {
    expect(parse({ name: 'stop', type: 'stop', serverId: 'a' })).toEqual({ name: 'stop', data: { serverId: 'a' } });
    for (const data of [{ serverId: 'a' }, { data: { serverId: 'a' } }]) {
      expect(parse({ name: 'stop', type: 'now', id: 1, replyTo: 'mine', ...data })).toMatchObject({
        name: 'stop',
        data: { serverId: 'a' },
        id: 1,
        replyTo: 'mine',
        fault: {
          code: 'bad_command',
          message: 'name and type are one field, but they differ ("stop" and "now"); send one of them',
        },
      });
    }
  });

  it.each([
    [{ replyto: 'mine' }, 'list: replyto is not a field beside data; did you mean replyTo?'],
    [{ discrad: true }, 'list: discrad is not a field beside data; put the fields of the command into data'],
    [{ deadlineMs: -1 }, 'list: deadlineMs is not a field beside data; put the fields of the command into data'],
    [
      JSON.parse('{"__proto__":1}'),
      'list: __proto__ is not a field beside data; put the fields of the command into data',
    ],
    [
      { ids: 1, force: null },
      'list: ids is not a field beside data; did you mean id?; ' +
        'force is not a field beside data; put the fields of the command into data',
    ],
  ] as [object, string][])('has no field beside its data that would be dropped: %j', (more, message) => {
    expect(parse({ name: 'list', data: { serverId: 'v' }, replyTo: 'mine', id: 3, ...more })).toMatchObject({
      data: { serverId: 'v' },
      replyTo: 'mine',
      id: 3,
      fault: { code: 'bad_command', message },
    });
  });

  it.each([
    'server:events', 'server:a:state', 'bull:pinky-1:wait', 'pinky:1:in', 'pinky:2:processing', 'pinky:2:answers',
    'pinky:1:distributions:x',
    7, true, {}, ['mine'], 'x'.repeat(513),
  ])('has its answer pushed to no key of a box itself, nor dropped: %j', (replyTo) => {
    expect(parse({ name: 'list', serverId: 'a', id: 'a4', replyTo })).toEqual({
      name: 'list',
      data: { serverId: 'a' },
      id: 'a4',
      fault: expect.objectContaining({ code: 'bad_command', message: expect.stringMatching(/^replyTo: /) }),
    });
  });

  it.each([{ a: 1 }, ['x'], false, 2 ** 60, -1e300])('has a text or a number as its mark, and not %j', (id) => {
    const { fault, ...command } = parse({ name: 'list', id, replyTo: 'mine' });
    expect(command).toEqual({ name: 'list', data: {}, replyTo: 'mine' });
    expect(fault).toMatchObject({ code: 'bad_command', message: expect.stringMatching(/^id: /) });
  });

  it.each(['mine', 'pinky:1:answers', 'pinky:shop:answers:7', 'my:server:events'])('may name %s', (replyTo) => {
    expect(parse({ name: 'list', serverId: 'a', replyTo })).toMatchObject({ replyTo });
  });
});
