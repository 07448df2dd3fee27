import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisKeys, type BoxConfig } from '@pinky/protocol';
import { claimName, homeInstance, releaseName } from '@pinky/queue/owner';
import type { Context } from '../../src/command-line/context.js';
import { sayIfOwnerLives } from '../../src/talk/living-owner.js';
import { withRedis } from '../../src/talk/redis.js';
import { RedisServer } from '../../../queue/test/support/redis-server.js';

it('says that the box whose name is taken over lives, where it runs, and when its heart beat last', async () => {
  const redis = await new RedisServer().start();
  const [living, ours] = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'pinky-owner-'))) as [string, string];
  const notes: string[] = [];
  const out = { note: (text: string) => void notes.push(text), paint: (_how: string, text: string) => text };
  // `sayIfOwnerLives` reads no more of either.
  const config = { home: ours, box: '1', redis: redis.address, heartbeatIntervalMs: 10_000 } as BoxConfig;
  const context = { out } as unknown as Pick<Context, 'out'>;
  const keys = redisKeys('1');
  try {
    await sayIfOwnerLives(context, config);
    expect(notes).toEqual([]); // nobody has the name
    const verdict = await withRedis(config, (client) =>
      claimName(client, keys, homeInstance(living), { mode: 'claim', heartbeatLifeMs: 30_000 }),
    );
    await redis.client().pexpire(keys.heartbeat, 22_900);
    await sayIfOwnerLives(context, config);
    expect(notes).toEqual([expect.stringContaining(`this very host (${hostname()}), home ${living}`)]);
    expect(notes[0]).toMatch(/its heart beat [78] s ago/);
    const claim = verdict.type === 'ours' ? verdict.claim : '';
    expect(await withRedis(config, (client) => releaseName(client, keys, claim))).toBe(true);
    await sayIfOwnerLives(context, config);
    expect(notes).toHaveLength(1); // it is down
  } finally {
    await redis.end();
    for (const home of [living, ours]) rmSync(home, { recursive: true, force: true });
  }
});
