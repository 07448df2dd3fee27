import { linkSync, mkdtempSync, renameSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { errnoOf } from '@pinky/protocol/base';
import { SocketClient, SocketManager, type ListenAddress } from '@pinky/serverengine';
import {
  compare,
  decided,
  failed,
  observedOf,
  observes,
  type Replay,
  type ReplayContext,
  type ReplayResult,
  type VectorCase,
} from '../replay.js';
import { kernelSockets, withSetup, type SocketSetup } from './socket-setup.js';

// The casts in this file hold by the README of the records: the fields that `fits` asks for have these types.
const errno = (error: string | undefined): string => `Errno::${error}`;

async function takenElsewhere(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const { first, second } = vector.observed as { first: { ok: boolean; error: string }; second: { ok: boolean } };
  const host = String(vector.input?.['bind']);
  const other = createServer().listen(0, host);
  await once(other, 'listening');
  // The cast holds for a server on an Internet port.
  const address: ListenAddress = { protocol: 'tcp', host, port: (other.address() as AddressInfo).port };
  const worker = setup.worker();
  const refused = await setup.listen(worker, address);
  other.close();
  await once(other, 'close');
  const again = await setup.listen(worker, address);
  return compare([errno(refused.error), again.error === undefined], [first.error, second.ok]);
}

/** Two managers and one port, with and without the environment variable that lets them share it. */
async function twoManagers(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const isShared = observedOf(vector)['ok'] === true;
  const protocol = /\bUDP\b/.test(vector.title) ? 'udp' : 'tcp';
  if (isShared) process.env[reusePort] = '1';
  const other = new SocketManager();
  try {
    const first = await setup.listen(setup.worker(), { protocol, host: '127.0.0.1', port: 0 });
    const second = await setup.listen(setup.worker(other), { protocol, host: '127.0.0.1', port: first.port ?? 0 });
    const ours: Readonly<Record<string, unknown>> = {
      ok: second.error === undefined,
      error: second.error === undefined ? undefined : errno(second.error),
      distinct_kernel_sockets: kernelSockets(protocol, first.port ?? 0).length,
    };
    const known = Object.entries(observedOf(vector)).filter(([name]) => name in ours);
    return compare(Object.fromEntries(known.map(([name]) => [name, ours[name]])), Object.fromEntries(known));
  } finally {
    Reflect.deleteProperty(process.env, reusePort);
    await other.close();
  }
}

const reusePort = 'SERVERENGINE_USE_SOCKET_REUSEPORT';

/** Bad requests: names that do not resolve, unknown protocols, and (decided) numbers that are no port. */
async function refusedAddress(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const {
    proto = 'tcp',
    bind: host = '127.0.0.1',
    port = 0,
  } = vector.input as { proto?: string; bind?: string; port?: number };
  // The cast stands for a worker in JavaScript, which may ask for anything.
  const { error } = await setup.listen(setup.worker(), { protocol: proto, host, port } as ListenAddress);
  const { ok } = observedOf(vector);
  if (vector.quirk) return decided(error, 'bad_option', 'a port over 65535 is refused');
  return compare(error === undefined, ok);
}

/** Decided: a manager answers on the channel to its forked child. There is no path to it, and no token to guess. */
async function noPath(vector: VectorCase, setup: SocketSetup, { directory }: ReplayContext): Promise<ReplayResult> {
  const { code } = await new SocketClient({ on: () => undefined, off: () => undefined }).bindUdp({ port: 0 }).then(
    () => ({ code: undefined }),
    (error: unknown) => ({ code: errnoOf(error) }),
  );
  const isServed =
    (await setup.listen(setup.worker(), { protocol: 'tcp', host: '127.0.0.1', port: 0 })).error === undefined;
  const hasPath = statSync(join(directory, 'socket'), { throwIfNoEntry: false }) !== undefined;
  return decided(
    { code, isServed, hasPath },
    { code: 'connection_lost', isServed: true, hasPath: false },
    'children reach their manager over the channel they were forked with: there is no path and no token, and any ' +
      'other process is told so',
  );
}

async function managerClosed(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const worker = setup.worker();
  await setup.manager.close();
  const { error } = await setup.listen(worker, { protocol: 'tcp', host: '127.0.0.1', port: 0 });
  return compare(error === undefined, observedOf(vector)['ok']);
}

/** Decided: a socket path without a listener is used again. */
async function leftBehind(vector: VectorCase, setup: SocketSetup, { directory }: ReplayContext): Promise<ReplayResult> {
  if (!vector.quirk) return failed('only known as a quirk');
  const path = join(mkdtempSync(join(directory, 'path-')), 's');
  const before = createServer().listen(path);
  await once(before, 'listening');
  linkSync(path, `${path}.kept`); // a close removes the name, but a kill would leave it
  before.close();
  await once(before, 'close');
  renameSync(`${path}.kept`, path);
  const { error } = await setup.listen(setup.worker(), { protocol: 'unix', path });
  return decided(error, undefined, 'a socket path that was left behind is used again');
}

const errors = (says: RegExp) => ({ group, title }: VectorCase): boolean => group === 'errors' && says.test(title);
const inGroup = (name: string) => ({ group }: VectorCase): boolean => group === name;
const hasAddress = ({ input = {} }: VectorCase): boolean => ['bind', 'port', 'proto'].some((key) => key in input);

/** Requests that are refused, and the ways to a manager. The first one that fits gets the case. */
export const refusalReplays: readonly Replay[] = [
  { fits: observes('first', 'second'), run: withSetup(takenElsewhere) },
  { fits: errors(/^manager: path exists already/), run: withSetup(leftBehind) },
  { fits: errors(/^client: manager was closed/), run: withSetup(managerClosed) },
  { fits: errors(/^client: nobody serves/), run: withSetup(noPath) },
  { fits: (vector) => vector.group === 'errors' && hasAddress(vector), run: withSetup(refusedAddress) },
  { fits: inGroup('reuseport'), run: withSetup(twoManagers) },
  { fits: inGroup('path'), run: withSetup(noPath) },
  { fits: inGroup('token'), run: withSetup(noPath) },
];
