import { rmSync } from 'node:fs';
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

  const ping = (): Promise<string> => say('PING');

  /** Resolves with the answers to AUTH and this command. */
  const say = async (...words: readonly string[]): Promise<string> => {
    const socket = connect(box.paths.redisSocket);
    const bulk = words.map((word) => `$${word.length}\r\n${word}\r\n`).join('');
    socket.write(`*2\r\n$4\r\nAUTH\r\n$11\r\np"a\\ss word\r\n*${words.length}\r\n${bulk}`);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      socket.on('error', reject);
      socket.on('close', () => resolve(text)); // the connection ends with the server
      // also on an error, such as LOADING
      socket.on('data', (chunk) => {
        text += chunk.toString();
        if (/^-/m.test(text) || /^\+OK\r\n[^]+\r\n$/.test(text)) resolve(text);
      });
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

  it('starts it again with its data where somebody has removed its socket', async () => {
    await box.up();
    await box.until(async () => (await ping()).includes('PONG'));
    const pid = (await box.pid('redis'))!;
    await say('SET', 'kept', 'until the end');
    rmSync(box.paths.redisSocket);
    await box.until(async () => ![undefined, pid].includes(await box.pid('redis')) && (await ping()).includes('PONG'));
    expect(await say('GET', 'kept')).toContain('until the end');
    expect(box.log()).toContain('redis.started_again');
    expect(await box.child('redis')).toMatchObject({ restarts: 1 });
  });

  it('does so too where the supervisor that comes finds the socket gone', async () => {
    await box.up();
    await box.until(async () => (await ping()).includes('PONG'));
    const pid = (await box.pid('redis'))!;
    box.signal('SIGKILL');
    await box.exit();
    rmSync(box.paths.redisSocket);
    await box.up();
    expect(await box.pid('redis')).toBe(pid);
    await box.until(async () => (await ping()).includes('PONG'));
    expect(await box.pid('redis')).not.toBe(pid);
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
