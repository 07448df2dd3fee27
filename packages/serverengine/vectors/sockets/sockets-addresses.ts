import { linkSync, mkdtempSync, renameSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { errnoOf } from '@pinky/protocol/base';
import { type ListenAddress, SocketClient, SocketManager } from '@pinky/serverengine';
import { compare, decided, failed, type Outcome, type Replay, type ReplayContext, type VectorCase } from '../replay.js';
import { ask, kernelSockets, type Listened, type SocketBench } from './socket-setup.js';
import { onBench } from './sockets-lifetime.js';

// The casts in this file hold by the file's README: the fields that `fits` asks for have these types.
const observedOf = (vector: VectorCase): Readonly<Record<string, unknown>> =>
  vector.observed as Readonly<Record<string, unknown>>;

/**
 * The addresses that a title names, in their order: `listen on 127.0.0.1 first, then on 0.0.0.0 with the same port`.
 */
function hostsOf({ title }: VectorCase): readonly [string, string] {
  const hosts = title.match(/\d+\.\d+\.\d+\.\d+|localhost|(?<![\w:])::1?(?![\w:])/g) ?? [];
  return [hosts[0] ?? '127.0.0.1', hosts[1] ?? hosts[0] ?? '127.0.0.1'];
}

/** Two workers, the second asking for the port that the first one got. */
async function twoOnOnePort(
  bench: SocketBench,
  [first, second]: readonly [string, string],
  port = 0,
): Promise<readonly [Listened, Listened]> {
  const one = await bench.listen(bench.worker(), { protocol: 'tcp', host: first, port });
  return [one, await bench.listen(bench.worker(), { protocol: 'tcp', host: second, port: one.port ?? 0 })];
}

const errno = (error: string | undefined): string => `Errno::${error}`;

/** Decided: an address that is not the one asked for is no answer. The port is taken, and the worker is told. */
async function sameSocket(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const hosts = hostsOf(vector);
  const [one, two] = await twoOnOnePort(bench, hosts);
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

async function wildcardAfterOther(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const [, two] = await twoOnOnePort(bench, hostsOf(vector));
  return compare(errno(two.error), observedOf(vector)['error']);
}

/**
 * Followed although marked: the workers of one server that ask for port 0 are to share one port, as Node's cluster has
 * it.
 */
async function portZero(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const ports = [
    await bench.listen(bench.worker(), { protocol: 'tcp', host: '127.0.0.1', port: 0 }),
    await bench.listen(bench.worker(), { protocol: 'tcp', host: '127.0.0.1', port: 0 }),
  ].map(({ port }) => port ?? 0);
  const { same_kernel_socket: same, real_port_given: real } = observedOf(vector);
  return compare(
    { same: ports[0] === ports[1] && kernelSockets('tcp', ports[0] ?? 0).length === 1, real: (ports[0] ?? 0) > 0 },
    { same, real },
  );
}

async function tcpAndUdp(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const tcp = await bench.listen(bench.worker(), { protocol: 'tcp', host: '127.0.0.1', port: 0 });
  const udp = await bench.listen(bench.worker(), { protocol: 'udp', host: '127.0.0.1', port: tcp.port ?? 0 });
  const { ok, tcp_port_equals_udp_port: equal } = observedOf(vector);
  return compare({ ok: udp.error === undefined, equal: tcp.port === udp.port }, { ok, equal });
}

async function bothFamilies(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const [one, two] = await twoOnOnePort(bench, hostsOf(vector));
  const sockets = kernelSockets('tcp', one.port ?? 0);
  const { ok, distinct_kernel_sockets: distinct, v6_bound_to: bound } = observedOf(vector);
  return compare(
    { ok: two.error === undefined, distinct: sockets.length, bound: sockets.at(-1)?.address },
    { ok, distinct, bound },
  );
}

async function loopbackOfIpv6(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const [host] = hostsOf(vector);
  const [one, two] = await twoOnOnePort(bench, [host, host]);
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

async function takenElsewhere(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const { first, second } = vector.observed as { first: { ok: boolean; error: string }; second: { ok: boolean } };
  const host = String(vector.input?.['bind']);
  const other = createServer().listen(0, host);
  await once(other, 'listening');
  // The cast holds for a server on an Internet port.
  const address: ListenAddress = { protocol: 'tcp', host, port: (other.address() as AddressInfo).port };
  const worker = bench.worker();
  const refused = await bench.listen(worker, address);
  other.close();
  await once(other, 'close');
  const again = await bench.listen(worker, address);
  return compare([errno(refused.error), again.error === undefined], [first.error, second.ok]);
}

async function twoManagers(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const first = await bench.listen(bench.worker(), { protocol: 'tcp', host: '127.0.0.1', port: 0 });
  const other = new SocketManager();
  const second = await bench.listen(bench.worker(other), { protocol: 'tcp', host: '127.0.0.1', port: first.port ?? 0 });
  await other.close();
  return compare(errno(second.error), observedOf(vector)['error']);
}

/** Refusals by the checked request: names that do not resolve, unknown protocols, and (decided) ports that are none. */
async function refusedAddress(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const {
    proto = 'tcp',
    bind: host = '127.0.0.1',
    port = 0,
  } = vector.input as { proto?: string; bind?: string; port?: number };
  // The cast stands for what a worker in JavaScript may ask.
  const { error } = await bench.listen(bench.worker(), { protocol: proto, host, port } as ListenAddress);
  const { ok } = observedOf(vector);
  if (vector.quirk) return decided(error, 'bad_option', 'a port over 65535 is refused');
  return compare(error === undefined, ok);
}

/**
 * Decided: a manager answers on the channel to the child that it forked; there is no path to it and no token to guess.
 */
async function noPath(vector: VectorCase, bench: SocketBench, { directory }: ReplayContext): Promise<Outcome> {
  const { code } = await new SocketClient({ on: () => undefined, off: () => undefined }).bindUdp({ port: 0 }).then(
    () => ({ code: undefined }),
    (error: unknown) => ({ code: errnoOf(error) }),
  );
  const isServed =
    (await bench.listen(bench.worker(), { protocol: 'tcp', host: '127.0.0.1', port: 0 })).error === undefined;
  const hasPath = statSync(join(directory, 'socket'), { throwIfNoEntry: false }) !== undefined;
  return decided(
    { code, isServed, hasPath },
    { code: 'connection_lost', isServed: true, hasPath: false },
    'children reach their manager over the channel they were forked with: there is no path, no token, and whoever ' +
      'was not forked is told so',
  );
}

async function managerClosed(vector: VectorCase, bench: SocketBench): Promise<Outcome> {
  const worker = bench.worker();
  await bench.manager.close();
  const { error } = await bench.listen(worker, { protocol: 'tcp', host: '127.0.0.1', port: 0 });
  return compare(error === undefined, observedOf(vector)['ok']);
}

/** Decided: a socket path that nobody listens on any more is used again. */
async function leftBehind(vector: VectorCase, bench: SocketBench, { directory }: ReplayContext): Promise<Outcome> {
  if (!vector.quirk) return failed('only known as a quirk');
  const path = join(mkdtempSync(join(directory, 'path-')), 's');
  const before = createServer().listen(path);
  await once(before, 'listening');
  linkSync(path, `${path}.kept`); // a close removes the name; a kill would leave it
  before.close();
  await once(before, 'close');
  renameSync(`${path}.kept`, path);
  const { error } = await bench.listen(bench.worker(), { protocol: 'unix', path });
  return decided(error, undefined, 'a socket path that was left behind is used again');
}

const observes =
  (...keys: readonly string[]) =>
  ({ observed }: VectorCase): boolean =>
    typeof observed === 'object' && observed !== null && keys.every((key) => key in observed);
const errors = (says: RegExp) => ({ group, title }: VectorCase): boolean => group === 'errors' && says.test(title);
const inGroup = (name: string) => ({ group }: VectorCase): boolean => group === name;
const hasInput =
  (...keys: readonly string[]) =>
  ({ input = {} }: VectorCase): boolean =>
    keys.some((key) => key in input);

const withContext =
  (run: (vector: VectorCase, bench: SocketBench, context: ReplayContext) => Promise<Outcome>): Replay['run'] =>
  (vector, context) =>
    onBench((same, bench) => run(same, bench, context))(vector, context);

/** Which requests share a socket, which are refused, and how a manager is reached; the first that fits. */
export const addressReplays: readonly Replay[] = [
  { fits: observes('second_is_bound_to'), run: onBench(sameSocket) },
  { fits: observes('real_port_given'), run: onBench(portZero) },
  { fits: observes('tcp_port_equals_udp_port'), run: onBench(tcpAndUdp) },
  { fits: observes('v6only'), run: onBench(bothFamilies) },
  { fits: observes('connect_v6'), run: onBench(loopbackOfIpv6) },
  { fits: inGroup('addresses'), run: onBench(wildcardAfterOther) },
  { fits: observes('first', 'second'), run: onBench(takenElsewhere) },
  { fits: errors(/^manager: path exists already/), run: withContext(leftBehind) },
  { fits: errors(/^client: manager was closed/), run: onBench(managerClosed) },
  { fits: errors(/^client: nobody serves/), run: withContext(noPath) },
  {
    fits: (vector) => vector.group === 'errors' && hasInput('bind', 'port', 'proto')(vector),
    run: onBench(refusedAddress),
  },
  { fits: inGroup('reuseport'), run: onBench(twoManagers) },
  { fits: inGroup('path'), run: withContext(noPath) },
  { fits: inGroup('token'), run: withContext(noPath) },
];

