import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { cli } from '../cli-run.js';
import { TalkingBox } from '../talking-box.js';

describe('pinky doctor and a private Redis that does not answer', () => {
  let box: TalkingBox;
  const away = {
    name: 'redis',
    level: 'bad',
    found: 'connect ENOENT redis.sock',
    fix: 'check that Redis runs',
    trouble: 'away',
  };

  beforeEach(async () => {
    box = new TalkingBox();
    await box.listenAsSupervisor();
    await box.listenAsQueue({ examine: () => [away], redis: () => ({ state: 'connected', troubles: [] }) });
    const { redisPid } = boxPaths(box.home);
    mkdirSync(dirname(redisPid), { recursive: true });
    writeFileSync(redisPid, String(process.pid));
  });
  afterEach(() => box.remove());

  const doctor = async (): Promise<string> => (await cli(['doctor', '--home', box.home])).out;

  it('says that its socket was removed, and who puts that right', async () => {
    const out = await doctor();
    expect(out).toContain('somebody removed its socket: the supervisor starts it again within seconds');
    expect(out).not.toContain('before games can run here'); // they run
  });

  it('names its pid file where the socket is there, and it hangs', async () => {
    writeFileSync(boxPaths(box.home).redisSocket, '');
    expect(await doctor()).toContain(`its pid is in ${boxPaths(box.home).redisPid}`);
  });
});
