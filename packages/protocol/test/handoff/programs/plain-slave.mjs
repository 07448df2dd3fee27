// A slave that shares no code with the master but MessagePack: `port name running`, where `running` is `true` or
// `false`. It prints the shards that it runs at each change, and each order. It answers StopShard with ShardStopped, at
// sequence 95 and up. With DIES_AT=1 it kills itself when it is to resume shard 1.
import { connect } from 'node:net';
import { decode, encode } from '@msgpack/msgpack';

const [port, name, isRunning] = process.argv.slice(2);
const shards = [0, 1, 2];
const running = new Map(isRunning === 'true' ? shards.map((shard) => [shard, shard]) : []);
const tell = (text) => console.log(`${name} ${text}`);
const show = () => {
  const byShard = [...running].sort(([a], [b]) => a - b);
  tell(`runs ${byShard.map(([shard, at]) => `${shard}@${at}`).join(' ')}`);
};

const socket = connect(Number(port), '127.0.0.1');
function send(id, body) {
  const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(encode(body));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(id, 0);
  head.writeUInt32LE(bytes.length, 4);
  socket.write(Buffer.concat([head, bytes]));
}

const orders = {
  1: () => send(9),
  2: () => {
    for (const shard of shards) if (!running.has(shard)) running.set(shard, 0);
    show();
  },
  3: (body) => send(3, body),
  4: ({ Shard }) => {
    const Sequence = 95 + (running.get(Shard) ?? 0);
    running.delete(Shard);
    show();
    send(10, { Shard, SessionID: `s${Shard}`, Sequence, GuildState: { players: Shard } });
  },
  5: (body) => {
    if (process.env.DIES_AT === String(body.Shard)) process.kill(process.pid, 'SIGKILL');
    running.set(body.Shard, body.Sequence);
    show();
    send(5, body);
  },
  6: () => {
    running.clear();
    show();
    setTimeout(() => send(6), 100); // the answer comes once it has shut down
  },
  7: ({ GuildState }) => tell(`hears ${JSON.stringify(GuildState)}`),
};

let held = Buffer.alloc(0);
socket.on('data', (chunk) => {
  held = Buffer.concat([held, chunk]);
  while (held.length >= 8 && held.length >= 8 + held.readUInt32LE(4)) {
    const end = 8 + held.readUInt32LE(4);
    const [id, body] = [held.readUInt32LE(0), held.subarray(8, end)];
    held = held.subarray(end);
    orders[id]?.(body.length > 0 ? decode(body) : {});
  }
});
socket.on('end', () => {
  tell('is closed');
  process.exit(0);
});
send(8, { Running: isRunning === 'true' });
