import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile, FakeBox } from '../fake-box';
import { FakeNotify } from './fake-notify';

const has = (program: string): boolean => {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
};
/** systemd-notify is installed with systemd. Without it there is nothing to test. */
const withSystemd = has('systemd-notify') && has('perl') ? it : it.skip;

/** A datagram socket that prints its messages. Node has no such socket, but every Debian has perl. */
const listener =
  'use Socket; socket(S, AF_UNIX, SOCK_DGRAM, 0); bind(S, sockaddr_un($ARGV[0])); $| = 1; print "listening\\n"; ' +
    'while (defined recv(S, $m, 4096, 0)) { print "$m\\n"; }';

beforeAll(compile);

describe('a supervisor under systemd', () => {
  let box: FakeBox;
  let dir: string;
  let socket: ChildProcess | undefined;
  beforeEach(() => {
    box = new FakeBox();
    dir = mkdtempSync(join(tmpdir(), 'pinky-sd-'));
  });
  afterEach(async () => {
    socket?.kill('SIGKILL');
    await box.end();
    rmSync(dir, { recursive: true, force: true });
  });

  it('tells when it is ready, reloads and stops, and how many servers it has', async () => {
    const notify = new FakeNotify(dir);
    box.env = { NOTIFY_SOCKET: '/some/socket', PATH: notify.searchPath };
    await box.up('a', 'b');
    const pid = box.supervisor!.pid;
    await box.until(() => notify.said().some((line) => line.includes('READY=1')));
    expect(notify.said().find((line) => line.includes('READY=1'))).toMatch(
      new RegExp(`^/some/socket READY=1 MAINPID=${pid} STATUS=box test is running: 2 servers, \\d up, \\d players?$`),
    );
    await box.request('reload');
    await box.until(() => notify.said().filter((line) => line.includes('READY=1')).length === 2);
    expect(notify.said().findIndex((line) => line.includes('RELOADING=1'))).toBeLessThan(
      notify.said().findLastIndex((line) => line.includes('READY=1')),
    );
    box.signal('SIGINT');
    await box.exit();
    await box.until(() => notify.said().some((line) => line.includes('STOPPING=1 STATUS=box test is detaching')));
  });

  withSystemd('speaks to a real notification socket, and sends signs of life', async () => {
    const path = join(dir, 'notify');
    let heard = '';
    socket = spawn('perl', ['-e', listener, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    socket.stdout!.on('data', (chunk) => { heard += chunk; });
    await once(socket.stdout!, 'data');
    box.env = { NOTIFY_SOCKET: path, WATCHDOG_USEC: '300000' };
    await box.up('a');
    await box.until(() => heard.includes('READY=1') && heard.split('WATCHDOG=1').length > 2);
    expect(heard).toMatch(/^READY=1$/m);
    expect(heard).toMatch(/^STATUS=box test is running: 1 server/m);
  });
});
