import { parseRedisAddress, redisOptions, withoutSecrets } from '../../src/index.js';
import { maskedAddress, sentinelAddress } from '../../src/redis/address.js';

it.each([
  ['redis://10.0.2.2', { host: '10.0.2.2', port: 6379 }],
  [
    'redis://ann:s%40cret@redis.example:6380/3',
    {
      host: 'redis.example',
      port: 6380,
      username: 'ann',
      password: 's@cret',
      db: 3,
    },
  ],
  ['redis://:secret@[::1]:6379', { host: '::1', port: 6379, password: 'secret' }],
  ['rediss://redis.example', { host: 'redis.example', port: 6379, tls: { servername: 'redis.example' } }],
  ['tcp:10.0.2.2:6379', { host: '10.0.2.2', port: 6379 }],
  ['tcp://:secret@10.0.2.2:6379/1', { host: '10.0.2.2', port: 6379, password: 'secret', db: 1 }],
  ['localhost:6379', { host: 'localhost', port: 6379 }],
  ['/run/redis.sock', { path: '/run/redis.sock' }],
  ['/run/redis.sock?db=2&password=secret', { path: '/run/redis.sock', password: 'secret', db: 2 }],
  ['unix:///run/redis.sock', { path: '/run/redis.sock' }],
  ['unix://:secret@/run/redis.sock?db=2', { path: '/run/redis.sock', password: 'secret', db: 2 }],
  ['rediss://10.0.2.2', { host: '10.0.2.2', port: 6379, tls: {} }],
  [
    'redis+sentinel://ann:s%40cret@a:26379,[::1]:1,c/games/3?sentinel_username=bob&sentinel_password=t%26t',
    {
      sentinels: [{ host: 'a', port: 26_379 }, { host: '::1', port: 1 }, { host: 'c', port: 26_379 }],
      name: 'games',
      username: 'ann',
      password: 's@cret',
      db: 3,
      sentinelUsername: 'bob',
      sentinelPassword: 't&t',
    },
  ],
  [
    'rediss+sentinel://a/games',
    { sentinels: [{ host: 'a', port: 26_379 }], name: 'games', tls: {}, enableTLSForSentinelMode: true },
  ],
])('reads %s', (address, expected) => {
  expect(parseRedisAddress(address)).toEqual(expected);
});

it.each([
  '',
  'ftp://host',
  'redis://:secret@',
  'redis://:secret@host/name',
  'redis://:secret@host:notaport',
  'redis://:secret%zz@host',
  'redis://secret:1#x@host',
  'redis://secret:1?x@host',
  'unix://:secret%zz@/run/redis.sock',
  'redis+sentinel://:secret@host',
  'redis+sentinel://:secret%zz@host/games',
  'redis+sentinel://:secret@host:99999/games',
  'redis+sentinel://:secret@host/games/x',
  'redis+sentinel://:secret@a:1,A:1/games',
  'redis+sentinel://:secret@a,a:26379/games',
])(
  'refuses %j without repeating it',
  (address) => {
    expect(() => parseRedisAddress(address)).toThrow(
      expect.objectContaining({ code: 'bad_option', message: expect.not.stringContaining('secret') }),
    );
  },
);

it('names the private server where the configuration names no other', () => {
  expect(redisOptions({ home: '/h', redisPassword: 'p' })).toEqual({ path: '/h/redis/redis.sock', password: 'p' });
  expect(redisOptions({ home: '/h', redis: 'tcp:10.0.2.2:6379', redisPassword: 'p' })).toEqual({
    host: '10.0.2.2',
    port: 6379,
  });
});

it('takes the password out of a text that others wrote', () => {
  expect(
    withoutSecrets("ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' 'secret'", {
      password: 'secret',
    }),
  ).not.toContain('secret');
});

it.each([
  ['redis://:p%zz@host', 'redis://…@host'],
  ['redis://ann:p@ss/w#rd@host:6379/3', 'redis://…@host:6379/3'],
  ['redis://:se cret@host', 'redis://…@host'],
  ['tcp://:secret@10.0.2.2:6379', 'tcp://…@10.0.2.2:6379'],
  ['redis://:secret', 'redis://…'],
  ['/run/redis.sock?db=2&password=s@cret', '/run/redis.sock?db=2&password=…'],
  ['redis+sentinel://:secret@a,b/games?sentinel_password=secret', 'redis+sentinel://…@a,b/games?sentinel_password=…'],
  ['redis://host:6379/3', 'redis://host:6379/3'],
])('shows %s without its secrets', (address, shown) => {
  expect(maskedAddress(address)).toBe(shown);
});

it('makes one line of Sentinels, and reads the same from it', () => {
  const setup = {
    sentinels: ['a:1', { host: '::1', port: 2 }, { host: 'c' }],
    name: 'games & more',
    username: 'ann',
    password: 'p@s/s:#%',
    db: 2,
    sentinel_password: '&=?',
    tls: true,
  };
  const line = sentinelAddress(setup);
  expect(maskedAddress(line)).not.toContain('p%40');
  expect(parseRedisAddress(line)).toEqual({
    sentinels: [{ host: 'a', port: 1 }, { host: '::1', port: 2 }, { host: 'c', port: 26_379 }],
    name: 'games & more',
    username: 'ann',
    password: 'p@s/s:#%',
    db: 2,
    sentinelPassword: '&=?',
    tls: {},
    enableTLSForSentinelMode: true,
  });
});
