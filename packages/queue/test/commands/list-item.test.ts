import { parseListItem } from '../../src/lists/list-item.js';

const parse = (item: object) => parseListItem(Buffer.from(JSON.stringify(item)));

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

  it.each(['server:events', 'server:a:state', 'bull:pinky-1:wait', 'pinky:1:in', 'pinky:2:processing'])(
    'has its answer pushed to no key of a box itself: %s',
    (replyTo) => {
      expect(() => parse({ name: 'list', serverId: 'a', replyTo })).toThrow(
        expect.objectContaining({ code: 'bad_command', message: expect.stringContaining(replyTo) }),
      );
    },
  );

  it.each(['mine', 'pinky:1:answers', 'pinky:shop:answers:7', 'my:server:events'])('may name %s', (replyTo) => {
    expect(parse({ name: 'list', serverId: 'a', replyTo })).toMatchObject({ replyTo });
  });
});
