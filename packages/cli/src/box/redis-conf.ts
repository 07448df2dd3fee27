import { boxPaths, PinkyError, type BoxConfig } from '@pinky/protocol';
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Longest path of a Unix socket, bytes (sun_path of unix(7) less its terminating zero). */
export const maxSocketPath = 107;

/** Writes the private Redis's configuration (0600: it holds the password) and returns its path. */
export function writeRedisConf(config: BoxConfig): string {
  const paths = boxPaths(config.home);
  if (config.redisPassword === undefined) {
    throw new PinkyError('bad_option', 'the private Redis has no password; `pinky up` makes one');
  }
  if (Buffer.byteLength(paths.redisSocket) > maxSocketPath) {
    throw new PinkyError('bad_option', `home: ${paths.redisSocket} is too long for a socket (${maxSocketPath} bytes)`);
  }
  mkdirSync(paths.redisDir, { recursive: true, mode: 0o700 });
  const file = join(paths.redisDir, 'redis.conf');
  writeFileSync(`${file}.new`, conf(paths, config.redisPassword), { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
  return file;
}

const conf = (paths: ReturnType<typeof boxPaths>, password: string): string => [
  '# Written by the supervisor at every start: changes are lost.',
  'port 0',
  `unixsocket ${quoted(paths.redisSocket)}`,
  'unixsocketperm 600',
  `requirepass ${quoted(password)}`,
  'daemonize no',
  `pidfile ${quoted(paths.redisPid)}`,
  `dir ${quoted(paths.redisDir)}`,
  'appendonly yes',
  // Written before each answer, so that a kill loses nothing that was confirmed; `everysec` holds writes back while it
  // syncs. What a power cut may cost is up to the kernel, and games do not outlive one either.
  'appendfsync no',
  'save ""',
  'maxmemory-policy noeviction',
  'timeout 0',
  '',
].join('\n');

/** Redis reads a double-quoted argument with C-like escapes. */
const quoted = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
