import { funpackNameOf } from '@pinky/protocol';

describe('the name of a funpack that has not been read', () => {
  it.each([
    ['emberhollow', 'emberhollow'],
    ['/srv/funpacks/openttd/', 'openttd'],
    ['file:///srv/games/luanti.tar.lzo', 'luanti'],
    ['https://example.org/my-game.tgz?token=secret#part', 'my-game'],
    ['https://minefold-development.s3.amazonaws.com/funpacks/dummy/1.tar.lzo', 'dummy'],
    ['https://user:password@example.org/1.2.tar.gz', '1.2'],
    ['https://example.org', ''],
    ['/srv/a\u001b]0;b/c\n', 'c'],
    ['', ''],
  ])('of %j is %j', (url, name) => expect(funpackNameOf(url)).toBe(name));
});
