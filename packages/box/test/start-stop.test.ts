import { silentLogger } from '@pinky/protocol';
import { FakeClock, startStopContract, type PartUnderTest } from '@pinky/protocol/testing';
import { AdoptedBeats } from '../src/children/adopted-beats.js';
import { RedisSocket } from '../src/children/redis-socket.js';
import { AofGuard } from '../src/redis-data/aof-guard.js';
import { ServiceReport } from '../src/systemd/service-report.js';

const parts: Readonly<Record<string, () => PartUnderTest>> = {
  'the report to systemd': () => {
    const clock = new FakeClock();
    const part = new ServiceReport({
      env: { PATH: '/nowhere', NOTIFY_SOCKET: '/s' }, // without systemd-notify
      status: () => 'all is well',
      trouble: () => undefined,
      logger: silentLogger,
      clock,
    });
    return { part, running: () => clock.sleeping };
  },
  'the beats of adopted children': () => {
    const clock = new FakeClock();
    const part = new AdoptedBeats({
      tree: { views: () => [], beat: () => undefined },
      peerOf: () => undefined,
      intervalMs: 1_000,
      timeoutMs: () => 1_000,
      clock,
    });
    return { part, running: () => clock.sleeping };
  },
  'the look for the socket of the private Redis': () => {
    const clock = new FakeClock();
    const tree = { view: () => undefined, replace: () => undefined };
    const part = new RedisSocket({ path: '/nowhere', tree, logger: silentLogger, clock });
    return { part, running: () => clock.sleeping };
  },
  'the guard of the private Redis\'s file': () => {
    const clock = new FakeClock();
    const tree = { view: () => undefined, replace: () => undefined };
    const at = { socketPath: '/nowhere', redisDir: '/nowhere', password: '' };
    return { part: new AofGuard({ ...at, tree, logger: silentLogger, clock }), running: () => clock.sleeping };
  },
};

describe.each(Object.entries(parts))('%s', (_name, make) => {
  it.each(startStopContract(make))('%s', (_rule, keeps) => keeps());
});
