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
});
