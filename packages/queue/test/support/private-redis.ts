import { join } from 'node:path';
import { RedisServer, type RedisPlace } from './redis-server.js';

/**
 * A redis-server with a Unix socket, no port, a password and an append-only file. With `no` each write reaches the file
 * before its answer goes out, so a killed server has lost nothing. With `everysec`, which holds writes back while the
 * disk is busy, it may have lost what it confirmed in its last seconds.
 */
export class PrivateRedis extends RedisServer {
  readonly socket = join(this.dir, 'redis.sock');
  readonly password = 'open-sesame';

  constructor(appendFsync: 'no' | 'everysec' = 'no') {
    super([
      'port 0',
      'unixsocket $DIR/redis.sock',
      'unixsocketperm 700',
      'requirepass open-sesame',
      'appendonly yes',
      `appendfsync ${appendFsync}`,
    ]);
  }

  override get address(): string {
    return `unix://:${this.password}@${this.socket}`;
  }

  override get connection(): RedisPlace {
    return { path: this.socket, password: this.password };
  }
}
