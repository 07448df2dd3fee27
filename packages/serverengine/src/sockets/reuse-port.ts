import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { getSystemErrorMap } from 'node:util';
import { PinkyError } from '@pinky/protocol/base';

/** ServerEngine's name for it. `1` lets several servers of one user open the same port. */
const variable = 'SERVERENGINE_USE_SOCKET_REUSEPORT';

export const isPortReused = (env: NodeJS.ProcessEnv = process.env): boolean => env[variable] === '1';

/** The number of the system call sendmsg(2), which Perl knows by its number only. */
const sendmsg: Readonly<Record<string, number>> = { x64: 46, arm64: 211, riscv64: 211 };

/**
 * Opens a socket with SO_REUSEPORT, and hands it to its parent over Node's own channel (descriptor 3): one line of JSON
 * with the descriptor beside it (SCM_RIGHTS, unix(7)). A failure is a line with the system's error number. Then it
 * waits for the parent's word, because Node answers each descriptor.
 */
const program = String.raw`
use Socket qw(:DEFAULT :addrinfo IPPROTO_IPV6 IPV6_V6ONLY);
my ($protocol, $family, $host, $port, $sendmsg) = @ARGV;
open(my $parent, '+<&=', 3) or die $!;
sub fail { syswrite($parent, sprintf("{\"errno\":%d}\n", $!)); exit 0 }
my $domain = $family == 6 ? AF_INET6 : AF_INET;
socket(my $socket, $domain, $protocol eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM, 0) or fail();
setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1) or fail();
setsockopt($socket, SOL_SOCKET, SO_REUSEPORT, 1) or fail();
if ($family == 6) { setsockopt($socket, IPPROTO_IPV6, IPV6_V6ONLY, 1) or fail() }
my ($error, $found) = getaddrinfo($host, $port, { flags => AI_NUMERICHOST, family => $domain });
bind($socket, $found->{addr}) or fail();
my $udp = "\"type\":\"dgram.Socket\",\"dgramType\":\"udp$family\"";
my $kind = $protocol eq 'tcp' ? '"type":"net.Native"' : $udp;
my $line = "{\"cmd\":\"NODE_HANDLE\",$kind,\"msg\":{}}\n";
my $vector = pack('P Q', $line, length $line);
my $rights = pack('Q l l l x4', 20, 1, 1, fileno $socket);
my $header = pack('Q L x4 P Q P Q l x4', 0, 0, $vector, 1, $rights, length $rights, 0);
syscall($sendmsg, 3, $header, 0) >= 0 or fail();
sysread($parent, my $answer, 1024);
`;

export interface ReusedPort {
  readonly protocol: 'tcp' | 'udp';
  readonly family: 4 | 6;
  readonly host: string;
  readonly port: number;
}

/**
 * A bound socket whose port other servers of this user may open too: libuv's handle for TCP, a `dgram.Socket` for UDP.
 * The kernel spreads connections among those that listen. Node 20 has no way to set the option, so Perl opens the
 * socket and hands it over. Throws the system's error. Without Perl, or on a machine whose calls are not known:
 * `bad_option`.
 */
export async function openReused({ protocol, family, host, port }: ReusedPort): Promise<unknown> {
  const call = sendmsg[process.arch];
  if (call === undefined) throw new PinkyError('bad_option', `${variable}: not possible on ${process.arch}`);
  const args = ['-e', program, protocol, family, host, port, call].map(String);
  const helper = spawn('perl', args, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  try {
    return await handedOver(helper, `${host}:${port}`);
  } finally {
    if (helper.connected) helper.disconnect();
  }
}

async function handedOver(helper: ChildProcess, what: string): Promise<unknown> {
  const gone = once(helper, 'exit').then((): unknown[] => []);
  const [message, handle] = (await Promise.race([once(helper, 'message'), gone])) as unknown[];
  const { errno } = (message ?? {}) as { readonly errno?: number }; // the helper's own line
  if (errno !== undefined) throw systemError(errno, what);
  if (!handle) throw new PinkyError('bad_option', `${variable}: it needs Perl, and perl did not hand a socket over`);
  return handle;
}

function systemError(errno: number, what: string): Error {
  const code = getSystemErrorMap().get(-errno)?.[0] ?? 'UNKNOWN';
  return Object.assign(new Error(`listen ${code}: ${what}`), { code, errno: -errno, syscall: 'listen' });
}
