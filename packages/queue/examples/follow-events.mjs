// Follows server:events, and goes on where it was when it is started again. REDIS is the address
// or the path of a socket, POSITION a file.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const { REDIS = 'redis://127.0.0.1:6379', REDIS_PASSWORD: password, POSITION: position = 'position' } = process.env;
const redis = new Redis(REDIS, { password, maxRetriesPerRequest: null });
redis.on('error', (error) => console.error(`${REDIS}: ${error.message}`)); // it connects again by itself

// The oldest hundred events that are newer than the last one, and whether the last one is still there.
const read = `
  local at = redis.call('LPOS', KEYS[1], ARGV[1])
  local newer = at or redis.call('LLEN', KEYS[1])
  if newer == 0 then return {1, {}} end
  return {at and 1 or 0, redis.call('LRANGE', KEYS[1], math.max(0, newer - 100), newer - 1)}`;

let last = existsSync(position) ? readFileSync(position, 'utf8') : '';
for (;;) {
  const [isThere, newestFirst] = await redis.eval(read, 1, 'server:events', last);
  if (!isThere && last !== '') console.error('events were removed before they were read; raise events.cap');
  for (const json of newestFirst.reverse()) {
    handle(JSON.parse(json));
    writeFileSync(`${position}.new`, json);
    renameSync(`${position}.new`, position);
    last = json;
  }
  if (newestFirst.length === 0) await sleep(200);
}

function handle({ id, server_id: server, type, ...fields }) {
  console.log(`${id} ${server} ${type} ${JSON.stringify(fields)}`);
}
