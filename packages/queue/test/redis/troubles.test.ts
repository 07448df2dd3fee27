import type { LogRecord, Logger } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { refusalOf, troubleOf, type TroubleKind } from '../../src/redis/trouble.js';
import { RedisTroubles } from '../../src/redis/troubles.js';

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
const inScript = (message: string): Error =>
  reply(`ERR Error running script (call to f_7f): @user_script:3: -${message}`); // as Redis 6 says it

const replies: readonly (readonly [Error, TroubleKind | undefined])[] = [
  [reply('NOPERM this user has no permissions to run the \'info\' command'), 'forbidden'],
  [reply('ERR The user executing the script can\'t run this command or subcommand script: 7f'), 'forbidden'],
  [reply('READONLY You can\'t write against a read only replica.'), 'replica'],
  [inScript('READONLY You can\'t write against a read only replica.'), 'replica'],
  [inScript('OOM command not allowed when used memory > \'maxmemory\'.'), 'full'],
  [reply('UNBLOCKED force unblock from blocking operation, instance state changed'), 'unsettled'],
  [reply('LOADING Redis is loading the dataset in memory'), 'unsettled'],
  [reply('CLUSTERDOWN Hash slot not served'), 'unsettled'],
  [reply('NOAUTH Authentication required.'), 'password'],
  [reply('CROSSSLOT Keys in request don\'t hash to the same slot'), 'cluster'],
  [Object.assign(reply('ERR DB index is out of range'), { command: { name: 'select' } }), 'database'],
  [reply('ERR Error running script (call to f_7f): @user_script:3: attempt to index a nil value'), undefined],
  [reply('WRONGTYPE Operation against a key holding the wrong kind of value'), undefined],
  [new Error('OOM is only in its text'), undefined],
];

it.each(replies)('%s', (error, kind) => {
  expect(refusalOf(error)).toBe(kind);
});

it('knows a certificate that is not trusted by the code that Node gives', () => {
  const error = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(troubleOf(error)).toMatchObject({ kind: 'certificate', remedy: expect.stringContaining('redis_tls') });
  expect(troubleOf(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })).kind).toBe('away');
});

describe('troubles', () => {
  const clock = new FakeClock();
  let said: LogRecord[];
  let troubles: RedisTroubles;
  beforeEach(() => {
    said = [];
    const log = (record: LogRecord): void => void said.push(record);
    const logger = { error: log, info: log } as unknown as Logger; // it uses only these
    troubles = new RedisTroubles({ logger, clock });
  });
  const full = reply('OOM command not allowed');

  it('are said once for each cause, until everything that it stopped works', () => {
    for (const part of ['publish', 'heartbeat', 'publish']) troubles.failed(part, full);
    troubles.failed('look', reply('NOPERM no'));
    const causes = said.map(({ event, kind }) => [event, kind]);
    expect(causes).toEqual([['redis.trouble', 'full'], ['redis.trouble', 'forbidden']]);
    troubles.works('publish');
    expect(troubles.all.map(({ kind }) => kind)).toEqual(['full', 'forbidden']);
    troubles.works('heartbeat');
    expect(troubles.all.map(({ kind }) => kind)).toEqual(['forbidden']);
    expect(said.at(-1)).toMatchObject({ event: 'redis.trouble_over', kind: 'full' });
  });

  it('end where a call that was refused is not made again', async () => {
    troubles.failed('enrol', full);
    await clock.advance(59_000);
    expect(troubles.all).toHaveLength(1);
    await clock.advance(2_000);
    expect(troubles.all).toEqual([]);
  });
});
