import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** How long a server may take to answer one packet, milliseconds. */
const answerMs = 2_000;

/** Says packets to a UDP port of this machine, each once the one before is answered, and gives the last answer. */
function udp(port: number, first: Buffer, ...next: readonly ((answer: Buffer) => Buffer)[]): Promise<Buffer> {
  const socket = createSocket('udp4');
  const steps = [...next];
  const send = (bytes: Buffer): void => socket.send(bytes, port, '127.0.0.1');
  return new Promise<Buffer>((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`nobody answers on UDP port ${port}`)), answerMs);
    socket.once('error', failed).on('message', (bytes) => {
      const step = steps.shift();
      if (step) return send(step(bytes));
      clearTimeout(timer);
      done(bytes);
    });
    send(first);
  }).finally(() => socket.close());
}

/** Asks an OpenTTD 13 server what it is (PACKET_CLIENT_GAME_INFO), by TCP. Its name is in the answer. */
export async function askOpenttd(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(answerMs, () => socket.destroy(new Error(`nobody answers on TCP port ${port}`)));
  socket.write(Buffer.from([3, 0, 7]));
  try {
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString('utf8');
  } finally {
    socket.destroy();
  }
}

/** Knocks at a Minetest server as its list of servers does. It answers with the number of a new peer, which leaves. */
export async function askMinetest(port: number): Promise<number> {
  const magic = Buffer.from('4f457403', 'hex');
  const knock = Buffer.concat([magic, Buffer.from([0, 0, 0, 1])]);
  const answer = await udp(port, knock);
  const peer = answer.subarray(12, 14);
  const leaving = createSocket('udp4');
  await new Promise((sent) => { leaving.send(Buffer.concat([magic, peer, Buffer.from([0, 0, 3])]), port, sent); });
  leaving.close();
  return answer.subarray(0, 4).equals(magic) ? peer.readUInt16BE() : 0;
}

/** Asks a Teeworlds 0.7 server what it is. It gives a token first, which shows that our address is true. */
export async function askTeeworlds(port: number): Promise<readonly string[]> {
  const mine = Buffer.from('01020304', 'hex');
  const request = Buffer.concat([Buffer.from('040000ffffffff05', 'hex'), mine, Buffer.alloc(508)]);
  const getInfo = Buffer.from('\xff\xff\xff\xffgie3\x01', 'latin1');
  const question = (token: Buffer): Buffer =>
    Buffer.concat([Buffer.from([0x21]), token.subarray(8, 12), mine, getInfo]);
  const answer = await udp(port, request, question);
  // Behind the header, `inf3` and the token of the question: version, name, host, map and kind, each ended by NUL.
  return answer.subarray(9 + 8 + 1).toString('utf8').split('\0').slice(0, 5);
}

/** Asks a Mumble server how many people are connected, and how many may be. */
export async function askMumble(port: number): Promise<{ readonly users: number; readonly most: number }> {
  const answer = await udp(port, Buffer.alloc(12));
  return { users: answer.readUInt32BE(12), most: answer.readUInt32BE(16) };
}

/** A person on a Mumble server. Resolves once the server has let them in. */
export async function joinMumble(port: number, name: string): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
  socket.setTimeout(answerMs, () => socket.destroy(new Error(`nobody answers on TCP port ${port}`)));
  await once(socket, 'secureConnect');
  const user = Buffer.from(name);
  socket.write(mumbleMessage(0, Buffer.from('08808604', 'hex'))); // version 1.3
  socket.write(mumbleMessage(2, Buffer.concat([Buffer.from([0x0a, user.length]), user])));
  const serverSync = 5;
  for (let heard = Buffer.alloc(0); !hasMumbleMessage(heard, serverSync);) {
    const [more] = (await once(socket, 'data')) as [Buffer];
    heard = Buffer.concat([heard, more]);
  }
  socket.setTimeout(0).resume();
  return socket;
}

function mumbleMessage(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(type, 0);
  head.writeUInt32BE(body.length, 2);
  return Buffer.concat([head, body]);
}

function hasMumbleMessage(bytes: Buffer, type: number): boolean {
  for (let at = 0; at + 6 <= bytes.length; at += 6 + bytes.readUInt32BE(at + 2))
    if (bytes.readUInt16BE(at) === type) return true;
  return false;
}
