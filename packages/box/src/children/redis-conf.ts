import { boxPaths, PinkyError, type BoxConfig } from '@pinky/protocol';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { longestSocketPath } from '../home/socket-path.js';

/** Writes the configuration of the private Redis and returns its path. Mode 0600, because it holds the password. */
export function writeRedisConf(config: BoxConfig): string {
  const paths = boxPaths(config.home);
  if (config.redisPassword === undefined) {
    throw new PinkyError('bad_option', 'the private Redis has no password; `pinky up` makes one');
  }
  if (Buffer.byteLength(paths.redisSocket) > longestSocketPath) {
    throw new PinkyError(
      'bad_option',
      `home: ${paths.redisSocket} is too long for a socket (${longestSocketPath} bytes)`,
    );
  }
  mkdirSync(paths.redisDir, { recursive: true, mode: 0o700 });
  const file = join(paths.redisDir, 'redis.conf');
  writeFileSync(`${file}.new`, conf(paths, config.redisPassword), { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
  return file;
}

const conf = (paths: ReturnType<typeof boxPaths>, password: string): string => [
  '# Written by the supervisor at every start, so changes are lost.',
  'port 0',
  `unixsocket ${quoted(paths.redisSocket)}`,
  'unixsocketperm 600',
  `requirepass ${quoted(password)}`,
  'daemonize no',
  `pidfile ${quoted(paths.redisPid)}`,
  `dir ${quoted(paths.redisDir)}`,
  'appendonly yes',
  // Each answer follows its write, so a kill loses nothing that was confirmed. `everysec` delays writes during a sync.
  // A power cut may lose the last seconds, but no game outlives a power cut.
  'appendfsync no',
  'auto-aof-rewrite-percentage 0', // the supervisor orders rewrites, see redis-data/aof-guard.ts
  'save ""',
  'maxmemory-policy noeviction',
  'timeout 0',
  '',
].join('\n');

/** Redis reads a double-quoted argument with the escapes of C. */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
