import { once } from 'node:events';
import { connect } from 'node:net';
import { compare, observedOf, observes, type Replay, type ReplayResult, type VectorCase } from '../replay.js';
import {
  answerOf,
  ask,
  askOften,
  kernelSockets,
  sendDatagrams,
  withSetup,
  type SocketSetup,
} from './socket-setup.js';

// The casts in this file hold by the README of the records: the fields that `fits` asks for have these types.
interface SharedInput {
  readonly workers: number;
  readonly bind: string;
  readonly connections: number;
  readonly datagrams: number;
}

const inputOf = (vector: VectorCase): SharedInput => vector.input as unknown as SharedInput;
/** Nobody promises how the kernel spreads connections. We promise that each one is answered. */
async function manyConnections(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const { workers: count, bind, connections } = inputOf(vector);
  const { workers, port } = await setup.crowd(count, 'tcp', bind);
  const pids = workers.map(({ pid }) => String(pid));
  const answers = await askOften(connections, port);
  const { distinct_kernel_sockets: sockets, answered } = observedOf(vector);
  return compare(
    { sockets: kernelSockets('tcp', port).length, answered: answers.filter((answer) => pids.includes(answer)).length },
    { sockets, answered },
  );
}

async function oneWorkerDies(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const { workers: count, bind } = inputOf(vector);
  const { workers, port } = await setup.crowd(count, 'tcp', bind);
  await workers[0]?.kill();
  const { answered, answered_by_dead_worker: byDead, failed } = observedOf(vector);
  const answers = await askOften(Number(answered), port);
  const living = workers.slice(1).map(({ pid }) => String(pid));
  const errors = answers.filter((answer) => !/^\d+$/.test(answer));
  return compare(
    {
      answered: answers.filter((answer) => living.includes(answer)).length,
      byDead: answers.filter((answer) => answer === String(workers[0]?.pid)).length,
      failed: Object.fromEntries(errors.map((error) => [error, 1])),
    },
    { answered, byDead, failed },
  );
}

async function allWorkersDie(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const { workers: count, bind } = inputOf(vector);
  const { workers, port } = await setup.crowd(count, 'tcp', bind);
  const [before] = kernelSockets('tcp', port);
  await Promise.all(workers.map((worker) => worker.kill()));
  const waiting = connect(port, '127.0.0.1');
  await once(waiting, 'connect');
  const answer = answerOf(waiting);
  const successor = setup.worker();
  await setup.listen(successor, { protocol: 'tcp', host: bind, port: 0 });
  const { waiting_client_answered_by_new_worker: answered, new_worker_has_same_kernel_socket: same } =
    observedOf(vector);
  return compare(
    {
      answered: (await answer) === String(successor.pid),
      same: kernelSockets('tcp', port)[0]?.inode === before?.inode,
    },
    { answered, same },
  );
}

async function managerEnds(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const { workers: [worker], port } = await setup.crowd(1, 'tcp', inputOf(vector).bind);
  await setup.manager.close();
  const answeredWhileLiving = (await ask(port)) === String(worker?.pid);
  await worker?.kill();
  const { answered_while_worker_lives: answered, after_worker_died: after } = observedOf(vector);
  return compare({ answered: answeredWhileLiving, after: `Errno::${await ask(port)}` }, { answered, after });
}

/** The worker has one connection and accepts no more, because it loops. Then it is killed. */
async function waitingConnection(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const first = setup.worker();
  const { port } = await setup.listen(first, { protocol: 'tcp', host: '127.0.0.1', port: 0 }, 'silent');
  const accepted = connect(port ?? 0, '127.0.0.1');
  await once(accepted, 'connect');
  // After two turns of its event loop the connection is accepted.
  for (const order of [{ do: 'ping' }, { do: 'ping' }] as const) await first.order(order);
  await first.order({ do: 'spin' });
  const waiting = connect(port ?? 0, '127.0.0.1');
  await once(waiting, 'connect');
  const answers = [answerOf(accepted), answerOf(waiting)] as const;
  await first.kill();
  const successor = setup.worker();
  await setup.listen(successor, { protocol: 'tcp', host: '127.0.0.1', port: 0 });
  const end = await answers[0];
  const { accepted_connection: recorded, waiting_connection_served_by_new_worker: served } = observedOf(vector);
  return compare(
    {
      end: end === '' || end === 'ECONNRESET' ? 'end of file after 0 bytes' : end,
      served: (await answers[1]) === String(successor.pid),
    },
    { end: recorded, served },
  );
}

async function closedByClient(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const { workers: [first], port } = await setup.crowd(1, 'tcp', '127.0.0.1');
  const [before] = kernelSockets('tcp', port);
  await first?.order({ do: 'close' });
  const waiting = connect(port, '127.0.0.1');
  await once(waiting, 'connect');
  waiting.destroy();
  const second = setup.worker();
  await setup.listen(second, { protocol: 'tcp', host: '127.0.0.1', port: 0 });
  const same = kernelSockets('tcp', port)[0]?.inode === before?.inode;
  await second.order({ do: 'close' });
  await setup.manager.close();
  const after = await ask(port);
  const {
    connect_after_client_close: connected,
    same_kernel_socket: recordedSame,
    connect_after_manager_close: recordedAfter,
  } = observedOf(vector);
  return compare(
    { connected: true, same, after: `Errno::${after}` },
    { connected, same: recordedSame, after: recordedAfter },
  );
}

async function datagrams(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const { workers: count, datagrams: sent } = inputOf(vector);
  const { workers, port } = await setup.crowd(count, 'udp', '127.0.0.1');
  const sockets = kernelSockets('udp', port).length;
  const answers = await sendDatagrams(sent, port);
  await workers[0]?.kill();
  const {
    distinct_kernel_sockets,
    answered,
    each_datagram_handled_once,
    answered_after_kill,
    answered_by_dead_worker,
  } = observedOf(vector);
  const later = await sendDatagrams(Number(answered_after_kill), port);
  return compare(
    {
      sockets,
      answered: answers.length,
      once: answers.every((text, index) => text.endsWith(` ${index}`)),
      later: later.length,
      byDead: later.filter((text) => text.startsWith(`${workers[0]?.pid} `)).length,
    },
    {
      sockets: distinct_kernel_sockets,
      answered,
      once: each_datagram_handled_once,
      later: answered_after_kill,
      byDead: answered_by_dead_worker,
    },
  );
}

/** The second manager is in a worker of the first one, because Node hands sockets only from parent to child. */
async function takeOver(vector: VectorCase, setup: SocketSetup): Promise<ReplayResult> {
  const { tcp, udp } = vector.input as { tcp: number; udp: number };
  const hosts = Array.from({ length: Math.max(tcp, udp) }, (_, index) => `127.0.0.${index + 1}`);
  const addresses = [
    ...hosts.slice(0, tcp).map((host) => ({ protocol: 'tcp', host, port: 0 }) as const),
    ...hosts.slice(0, udp).map((host) => ({ protocol: 'udp', host, port: 0 }) as const),
  ];
  const second = setup.worker();
  const { ports = [] } = await second.order({ do: 'takeOver', addresses });
  const inodes = (): string[] =>
    ports.flatMap((port, index) => (index < tcp ? [] : kernelSockets('udp', port).map(({ inode }) => inode)));
  const before = inodes();
  await setup.manager.close();
  const { ports: served = [], servedBy } = await second.order({ do: 'serve', addresses });
  const answers = await Promise.all(ports.slice(0, tcp).map((port, index) => ask(port, hosts[index])));
  const fresh = await second.order({ do: 'serve', addresses: [{ protocol: 'tcp', host: '127.0.0.99', port: 0 }] });
  const observed = observedOf(vector);
  return compare(
    {
      tcp: served.slice(0, tcp).length,
      udp: inodes().length,
      same: served.join() === ports.join() && inodes().join() === before.join(),
      accepted: answers.every((answer) => answer === String(servedBy)),
      fresh: fresh.error === undefined,
    },
    {
      tcp: observed['tcp_sockets_taken'],
      udp: observed['udp_sockets_taken'],
      same: observed['same_kernel_sockets_after'],
      accepted: observed['connection_accepted_after'],
      fresh: observed['new_port_can_be_opened_through_same_path'],
    },
  );
}

/** Sockets and connections while workers and managers come and go. The first one that fits gets the case. */
export const lifetimeReplays: readonly Replay[] = [
  { fits: observes('connections_per_worker'), run: withSetup(manyConnections) },
  { fits: observes('answered', 'failed'), run: withSetup(oneWorkerDies) },
  { fits: observes('connect_while_no_worker'), run: withSetup(allWorkersDie) },
  { fits: observes('answered_while_worker_lives'), run: withSetup(managerEnds) },
  { fits: observes('accepted_connection'), run: withSetup(waitingConnection) },
  { fits: observes('connect_after_client_close'), run: withSetup(closedByClient) },
  { fits: observes('each_datagram_handled_once'), run: withSetup(datagrams) },
  { fits: observes('tcp_sockets_taken'), run: withSetup(takeOver) },
];
