/** The kinds of packets. A reply to a command has the number that the protocol gives to commands less two. */
export const packetTypes = { reply: 0, command: 2, authenticated: 2, authenticate: 3 } as const;

export interface Packet {
  readonly id: number;
  readonly type: number;
  readonly body: Buffer;
}

/** The two numbers and the two NUL bytes of a packet, which its length counts. */
const frameBytes = 10;
/** The largest packet of a client that every game reads, bytes. */
const maxSentBytes = 4_096;
/** The longest command, bytes. */
export const maxCommandBytes = maxSentBytes - frameBytes;
/** No game sends a larger packet, bytes. A larger number means that something else is at the port. */
const maxReceivedBytes = 64 * 1024;

export function packetBytes({ id, type, body }: Packet): Buffer {
  const bytes = Buffer.alloc(4 + frameBytes + body.length);
  bytes.writeInt32LE(frameBytes + body.length, 0);
  bytes.writeInt32LE(id, 4);
  bytes.writeInt32LE(type, 8);
  body.copy(bytes, 12);
  return bytes;
}

/** The first packet of what came, and its length. `bad`: this is no RCON. Undefined: it is not whole yet. */
export function readPacket(bytes: Buffer): { readonly packet: Packet; readonly length: number } | 'bad' | undefined {
  if (bytes.length < 4) return undefined;
  const size = bytes.readInt32LE(0);
  if (size < frameBytes || size > maxReceivedBytes) return 'bad';
  if (bytes.length < 4 + size) return undefined;
  const body = Buffer.from(bytes.subarray(12, 4 + size - 2));
  return { packet: { id: bytes.readInt32LE(4), type: bytes.readInt32LE(8), body }, length: 4 + size };
}
