import { existsSync } from 'node:fs';
import { boxPaths, redisKeys, type BoxConfig } from '@pinky/protocol';
import { redisAddress, type RedisAddress, type RedisTls } from '@pinky/queue/address';
import type { Context } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';

/** `pinky redis`: shows how a program reaches the queue. It prints where the password is, not the password. */
export async function redis(context: Context): Promise<void> {
  const config = await currentConfig(context);
  const { password, sentinelPassword: _secret, ...address } = redisAddress(config);
  const queue = redisKeys(config.box).queue;
  const url = addressText(address);
  const file = boxPaths(config.home).effectiveConfig;
  const passwordPlace = password === undefined ? '' : `  (password: \`${passwordField(config)}\` in ${file})`;
  context.out.answer(
    {
      url,
      ...address,
      ...(password !== undefined && { passwordFile: file }),
      queue,
      inbox: redisKeys(config.box).inbox,
      events: redisKeys(config.box).events,
    },
    () => [
      `address   ${url}${passwordPlace}`,
      `queue     ${queue} (BullMQ), or LPUSH of JSON with a name to ${redisKeys(config.box).inbox}`,
      `events    ${redisKeys(config.box).events}`,
      '',
      'From a program, with `npm install bullmq` (in the clone it is there):',
      '',
      ...example(config).map((line) => `  ${line}`),
    ],
  );
  if (config.redis === undefined && !existsSync(boxPaths(config.home).redisSocket)) {
    context.out.note(
      context.out.paint('busy', 'note: its private Redis does not run now; `pinky up --daemonize` starts it'),
    );
  }
}

function addressText({ path, host, port, db, tls, sentinels, name }: RedisAddress): string {
  if (path !== undefined) return `unix://${path}`;
  const scheme = tls ? 'rediss' : 'redis';
  const database = db === undefined ? '' : `/${db}`;
  if (!sentinels) return `${scheme}://${host}:${port}${database}`;
  const hosts = sentinels.map((each) => `${each.host}:${each.port}`).join(',');
  return `${scheme}+sentinel://${hosts}/${name}${database}`;
}

/** The field of effective.json with the password: its own, or the address that was configured. */
const passwordField = (config: BoxConfig): string => (config.redis === undefined ? 'redisPassword' : 'redis');

/**
 * Five lines that run as printed: `node` takes them from a file or from stdin. Without `lastEventId`, BullMQ could miss
 * events between its connection and its first read, and would wait for ever.
 */
function example(config: BoxConfig): string[] {
  const queue = JSON.stringify(redisKeys(config.box).queue);
  return [
    'const { Queue, QueueEvents } = require(\'bullmq\');',
    `const connection = ${connectionSource(config)};`,
    `const [queue, events] = [Queue, QueueEvents].map((Client) => new Client(${queue}, { connection, lastEventId: ` +
      `'0' }));`,
    "queue.add('start', { serverId: 'first', funpack: 'emberhollow' }).then((job) => " +
      "job.waitUntilFinished(events)).then(console.log, console.error)",
    '  .finally(() => Promise.all([queue.close(), events.close()]));',
  ];
}

function connectionSource(config: BoxConfig): string {
  const { password, sentinelPassword, tls, sentinelTLS: _same, ...address } = redisAddress(config);
  const fields = Object.entries(address).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  const file = JSON.stringify(boxPaths(config.home).effectiveConfig);
  if (password !== undefined) fields.push(`password: ${passwordSource(config, file)}`);
  if (sentinelPassword !== undefined) fields.push(`sentinelPassword: ${querySource(file, 'sentinel_password')}`);
  if (tls) fields.push(`tls: ${tlsSource(config, tls)}`);
  if (tls && address.sentinels) fields.push(`sentinelTLS: ${tlsSource(config, tls)}`);
  return `{ ${fields.join(', ')} }`;
}

/** An expression that reads the password from effective.json, so that the example does not contain it. */
function passwordSource({ redis: own }: BoxConfig, file: string): string {
  if (own === undefined) return `require(${file}).redisPassword`;
  if (/:[^:@/]*@/.test(own)) return `decodeURIComponent(/:([^:@/]*)@/.exec(require(${file}).redis)[1])`;
  return querySource(file, 'password');
}

const querySource = (file: string, name: string): string =>
  `new URLSearchParams(require(${file}).redis.split('?')[1]).get('${name}')`;

/** The files are read where the example runs. */
function tlsSource({ redisTls = {} }: BoxConfig, { servername }: RedisTls): string {
  const { ca, cert, key, serverName = servername } = redisTls;
  const read = (name: string, file: string | undefined): string[] =>
    file === undefined ? [] : [`${name}: require("fs").readFileSync(${JSON.stringify(file)})`];
  const name = serverName === undefined ? [] : [`servername: ${JSON.stringify(serverName)}`];
  return `{ ${[...name, ...read('ca', ca), ...read('cert', cert), ...read('key', key)].join(', ')} }`;
}
