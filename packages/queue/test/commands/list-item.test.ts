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

  it('keeps a `type` beside `name`, which is then refused as a field that no command has', () => {
    expect(parse({ name: 'stop', type: 'now', serverId: 'a' })).toEqual({
      name: 'stop',
      data: { type: 'now', serverId: 'a' },
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
