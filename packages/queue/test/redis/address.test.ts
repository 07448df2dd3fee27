import { parseRedisAddress, redisOptions, withoutSecrets } from '../../src/index.js';

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
])('reads %s', (address, expected) => {
  expect(parseRedisAddress(address)).toEqual(expected);
});

it.each(['', 'ftp://host', 'redis://:secret@', 'redis://:secret@host/name', 'redis://:secret@host:notaport'])(
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
