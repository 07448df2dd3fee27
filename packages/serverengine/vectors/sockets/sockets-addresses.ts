import {
  compare,
  decided,
  failed,
  observedOf,
  observes,
  type Replay,
  type ReplayResult,
  type VectorCase,
} from '../replay.js';
import { ask, kernelSockets, withSetup, type Listened, type SocketSetup } from './socket-setup.js';

/** The addresses in a title, in order: `listen on 127.0.0.1 first, then on 0.0.0.0 with the same port`. */
function hostsOf({ title }: VectorCase): readonly [string, string] {
  const hosts = title.match(/\d+\.\d+\.\d+\.\d+|localhost|(?<![\w:])::1?(?![\w:])/g) ?? [];
  return [hosts[0] ?? '127.0.0.1', hosts[1] ?? hosts[0] ?? '127.0.0.1'];
}

/** The protocol in a title. */
const protocolOf = ({ title }: VectorCase): 'tcp' | 'udp' =>
  /\bUDP\b/.test(title) && !/\bTCP\b/.test(title) ? 'udp' : 'tcp';

/** Two workers. The second one asks for the port that the first one got. */
async function twoOnOnePort(
  setup: SocketSetup,
  [first, second]: readonly [string, string],
  protocol: 'tcp' | 'udp' = 'tcp',
): Promise<readonly [Listened, Listened]> {
  const one = await setup.listen(setup.worker(), { protocol, host: first, port: 0 });
  return [one, await setup.listen(setup.worker(), { protocol, host: second, port: one.port ?? 0 })];
}

const errno = (error: string | undefined): string | undefined => (error === undefined ? undefined : `Errno::${error}`);

/** Two addresses are there at a time, unless one of them is all addresses of that family. */
const areApart = (hosts: readonly [string, string]): boolean =>
  hosts[0] !== hosts[1] && !hosts.some((host) => host === '0.0.0.0' || host === '::');

/** The outcome of two requests for one port, as far as the record says something about it. */
async function twoAddresses(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const hosts = hostsOf(vector);
  const protocol = protocolOf(vector);
  const [one, two] = await twoOnOnePort(setup, hosts, protocol);
  const bound = kernelSockets(protocol, one.port ?? 0).map(({ address }) => address);
  if (vector.quirk) return decidedAddresses(hosts, two, bound);
  const second = bound.includes(hosts[1]) ? hosts[1] : bound[0];
  const ours: Readonly<Record<string, unknown>> = {
    ok: two.error === undefined,
    error: errno(two.error),
    same_kernel_socket: bound.length === 1 && two.error === undefined,
    distinct_kernel_sockets: bound.length,
    second_is_bound_to: second,
    v6_bound_to: second,
  };
  const known = Object.entries(observedOf(vector)).filter(([name]) => name in ours);
  if (known.length === 0) return failed('the record says nothing about the sockets');
  return compare(Object.fromEntries(known.map(([name]) => [name, ours[name]])), Object.fromEntries(known));
}

/** Decided: a worker never gets another address than it asked for. If the port is taken, the worker is told so. */
const decidedAddresses = (hosts: readonly [string, string], two: Listened, bound: readonly string[]): ReplayResult =>
  decided(
    { error: two.error, bound: [...bound].sort() },
    areApart(hosts) ? { bound: [...hosts].sort() } : { error: 'EADDRINUSE', bound: [hosts[0]] },
    "a worker gets the address it asked for, or the system's error",
  );

/**
 * Marked as a defect, but followed: all workers of a server that ask for port 0 share one port, as in Node's cluster.
 */
async function portZero(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const ports = [
    await setup.listen(setup.worker(), { protocol: 'tcp', host: '127.0.0.1', port: 0 }),
    await setup.listen(setup.worker(), { protocol: 'tcp', host: '127.0.0.1', port: 0 }),
  ].map(({ port }) => port ?? 0);
  const { same_kernel_socket: same, real_port_given: real } = observedOf(vector);
  return compare(
    { same: ports[0] === ports[1] && kernelSockets('tcp', ports[0] ?? 0).length === 1, real: (ports[0] ?? 0) > 0 },
    { same, real },
  );
}

async function tcpAndUdp(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const tcp = await setup.listen(setup.worker(), { protocol: 'tcp', host: '127.0.0.1', port: 0 });
  const udp = await setup.listen(setup.worker(), { protocol: 'udp', host: '127.0.0.1', port: tcp.port ?? 0 });
  const { ok, tcp_port_equals_udp_port: equal } = observedOf(vector);
  return compare({ ok: udp.error === undefined, equal: tcp.port === udp.port }, { ok, equal });
}

async function loopbackOfIpv6(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const [host] = hostsOf(vector);
  const [one, two] = await twoOnOnePort(setup, [host, host]);
  const port = one.port ?? 0;
  const { ok, same_kernel_socket: same, connect_v6: v6, connect_v4: v4 } = observedOf(vector);
  return compare(
    {
      ok: two.error === undefined,
      same: kernelSockets('tcp', port).length === 1,
      v6: /^\d+$/.test(await ask(port, '::1')),
      v4: errno(await ask(port)),
    },
    { ok, same, v6, v4 },
  );
}

/** Requests that share a socket. The first one that fits gets the case. */
export const addressReplays: readonly Replay[] = [
  { fits: observes('real_port_given'), run: withSetup(portZero) },
  { fits: observes('tcp_port_equals_udp_port'), run: withSetup(tcpAndUdp) },
  { fits: observes('connect_v6'), run: withSetup(loopbackOfIpv6) },
  { fits: ({ group }) => group === 'addresses' || group === 'IPv6', run: withSetup(twoAddresses) },
  { fits: observes('second_is_bound_to'), run: withSetup(twoAddresses) },
  { fits: observes('v6only'), run: withSetup(twoAddresses) },
];
