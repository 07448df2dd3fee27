import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * After a power cut, the last seconds of Redis's own log of writes may be zeros, and then it does not start. This does
 * what Redis advises: it cuts the log there. Answers whether that was needed.
 */
export function mendRedis(home) {
  const manifest = join(home, 'redis', 'appendonlydir', 'appendonly.aof.manifest');
  if (!existsSync(manifest)) return false;
  try {
    execFileSync('redis-check-aof', [manifest], { stdio: 'pipe' });
    return false;
  } catch {
    execFileSync('redis-check-aof', ['--fix', manifest], { input: 'y\n', stdio: ['pipe', 'pipe', 'inherit'] });
    return true;
  }
}
