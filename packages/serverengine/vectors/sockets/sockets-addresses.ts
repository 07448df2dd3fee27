import { compare, decided, observedOf, observes, type Replay, type ReplayResult, type VectorCase } from '../replay.js';
import { ask, kernelSockets, withSetup, type Listened, type SocketSetup } from './socket-setup.js';

/** The addresses in a title, in order: `listen on 127.0.0.1 first, then on 0.0.0.0 with the same port`. */
function hostsOf({ title }: VectorCase): readonly [string, string] {
  const hosts = title.match(/\d+\.\d+\.\d+\.\d+|localhost|(?<![\w:])::1?(?![\w:])/g) ?? [];
  return [hosts[0] ?? '127.0.0.1', hosts[1] ?? hosts[0] ?? '127.0.0.1'];
}

/** Two workers. The second one asks for the port that the first one got. */
async function twoOnOnePort(
  setup: SocketSetup,
  [first, second]: readonly [string, string],
  port = 0,
): Promise<readonly [Listened, Listened]> {
  const one = await setup.listen(setup.worker(), { protocol: 'tcp', host: first, port });
  return [one, await setup.listen(setup.worker(), { protocol: 'tcp', host: second, port: one.port ?? 0 })];
}

const errno = (error: string | undefined): string => `Errno::${error}`;

/** Decided: a worker never gets another address than it asked for. The port is taken, and the worker is told so. */
async function sameSocket(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const hosts = hostsOf(vector);
  const [one, two] = await twoOnOnePort(setup, hosts);
  const sockets = kernelSockets('tcp', one.port ?? 0);
  const { same_kernel_socket: same, second_is_bound_to: bound } = observedOf(vector);
  if (vector.quirk) {
    return decided(
      { error: two.error, bound: sockets.map(({ address }) => address) },
      { error: 'EADDRINUSE', bound: [hosts[0]] },
      "a worker gets the address it asked for, or the system's error",
    );
  }
  return compare(
    { same: sockets.length === 1 && two.error === undefined, bound: sockets[0]?.address },
    { same, bound },
  );
}

async function wildcardAfterOther(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const [, two] = await twoOnOnePort(setup, hostsOf(vector));
  return compare(errno(two.error), observedOf(vector)['error']);
}

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

async function bothFamilies(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const [one, two] = await twoOnOnePort(setup, hostsOf(vector));
  const sockets = kernelSockets('tcp', one.port ?? 0);
  const { ok, distinct_kernel_sockets: distinct, v6_bound_to: bound } = observedOf(vector);
  return compare(
    { ok: two.error === undefined, distinct: sockets.length, bound: sockets.at(-1)?.address },
    { ok, distinct, bound },
  );
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
  { fits: observes('second_is_bound_to'), run: withSetup(sameSocket) },
  { fits: observes('real_port_given'), run: withSetup(portZero) },
  { fits: observes('tcp_port_equals_udp_port'), run: withSetup(tcpAndUdp) },
  { fits: observes('v6only'), run: withSetup(bothFamilies) },
  { fits: observes('connect_v6'), run: withSetup(loopbackOfIpv6) },
  { fits: ({ group }) => group === 'addresses', run: withSetup(wildcardAfterOther) },
];
