import { connect } from 'node:net';
import { identify, trySignal } from '@pinky/supervisor';
import { compile, FakeBox } from '../fake-box';

beforeAll(compile);

describe('a supervisor with a private Redis', () => {
  let box: FakeBox;
  beforeEach(() => {
    box = new FakeBox();
    box.configure({ redis: undefined, redisPassword: 'p"a\\ss word' } as never);
  });
  afterEach(() => box.end());

  const ping = async (): Promise<string> => {
    const socket = connect(box.paths.redisSocket);
    socket.write(`*2\r\n$4\r\nAUTH\r\n$11\r\np"a\\ss word\r\n*1\r\n$4\r\nPING\r\n`);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      socket.on('error', reject);
      socket.on('close', () => resolve(text)); // the connection ends with the server
      // also on an error, such as LOADING
      socket.on('data', (chunk) => { text += chunk.toString(); if (/PONG|^-/m.test(text)) resolve(text); });
    });
    socket.destroy();
    return answer;
  };

  it('starts it with its password, adopts it after its own death, and restarts it when it dies', async () => {
    await box.up();
    await box.until(async () => (await ping()) === '+OK\r\n+PONG\r\n');
    const pid = (await box.pid('redis'))!;
    box.signal('SIGKILL');
    await box.exit();
    await box.up();
    expect(await box.pid('redis')).toBe(pid);
    trySignal(pid, 'SIGKILL');
    await box.until(
      async () => ![undefined, pid].includes(await box.pid('redis')) && (await ping()).includes('PONG'),
    );
  });

  it('ends it last on TERM, and leaves it running on INT', async () => {
    await box.up();
    await box.until(async () => (await ping()).includes('PONG'));
    const pid = (await box.pid('redis'))!;
    box.signal('SIGINT');
    expect(await box.exit()).toBe(0);
    expect((await ping())).toContain('PONG');
    await box.up();
    expect(await box.pid('redis')).toBe(pid);
    box.signal('SIGTERM');
    expect(await box.exit()).toBe(0);
    expect(identify(pid)).toBeUndefined();
  });
});
