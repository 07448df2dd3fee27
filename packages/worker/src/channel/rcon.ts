import { expand, type Encoding } from '@pinky/funpack-runner/light';
import { PinkyError, type RconWay } from '@pinky/protocol';
import { addressOf } from './address.js';
import { cannotTell, replyLines, type Channel, type ChannelOptions, type Reply } from './channel.js';
import { maxCommandBytes, packetBytes, packetTypes, readPacket, type Packet } from './rcon-packets.js';
import { TcpTalk } from './tcp-talk.js';

/** How long a game may take to check the password, milliseconds. */
const loginMs = 3_000;
/** How long it may take to answer a command, milliseconds. Some commands have no answer. */
const replyMs = 2_000;
/** A reply of several packets is over after such a silence, milliseconds: the protocol has no mark for its end. */
const quietMs = 200;
/** A packet that is smaller was not cut, so none follows, bytes. */
const cutBytes = 3_600;

const loginId = 1;

/** Source RCON, with a connection for each order: games are restarted, and workers are replaced. */
export class Rcon implements Channel {
  constructor(private readonly way: RconWay, private readonly options: ChannelOptions) {}

  async say(lines: readonly string[]): Promise<Reply> {
    const bodies = lines.map((line) => bodyOf(line, this.options.encoding));
    const talk = await TcpTalk.connect(addressOf(this.way, this.options));
    try {
      await this.#logIn(talk);
      const texts: string[] = [];
      for (const [index, body] of bodies.entries()) texts.push(await this.#ask(talk, loginId + 1 + index, body));
      return { lines: replyLines(texts.join('\n')) };
    } finally {
      talk.close();
    }
  }

  close(): void {
    // every connection ends with its order
  }

  async #logIn(talk: TcpTalk): Promise<void> {
    const { serverId, placeholders } = this.options;
    const body = Buffer.from(expand(this.way.password, placeholders));
    talk.write(packetBytes({ id: loginId, type: packetTypes.authenticate, body }));
    // some games send an empty reply first
    const answer = await this.#next(talk, loginMs, ({ type }) => type === packetTypes.authenticated);
    if (answer?.id === loginId) return;
    throw cannotTell(serverId, answer ? 'the game refuses the RCON password' : 'its RCON port does not answer');
  }

  /** The reply to one command. Empty where the game has none. */
  async #ask(talk: TcpTalk, id: number, body: Buffer): Promise<string> {
    talk.write(packetBytes({ id, type: packetTypes.command, body }));
    const parts: Buffer[] = [];
    for (let waitMs = replyMs; ; waitMs = quietMs) {
      const packet = await this.#next(talk, waitMs, (one) => one.id === id && one.type === packetTypes.reply);
      if (packet) parts.push(packet.body);
      if (!packet || packet.body.length < cutBytes) return this.options.encoding.decode(Buffer.concat(parts));
    }
  }

  /** The next packet that is meant. Others are passed over. */
  #next(talk: TcpTalk, timeoutMs: number, isMeant: (packet: Packet) => boolean): Promise<Packet | undefined> {
    return talk.until(() => {
      for (;;) {
        const read = readPacket(talk.received);
        if (read === 'bad') throw cannotTell(this.options.serverId, 'what answers at its RCON port is no RCON');
        if (read === undefined) return undefined;
        talk.taken(read.length);
        if (isMeant(read.packet)) return read.packet;
      }
    }, timeoutMs);
  }
}

function bodyOf(line: string, encoding: Encoding): Buffer {
  const body = encoding.encode(line);
  if (body.length <= maxCommandBytes) return body;
  throw new PinkyError('bad_text', `a line of ${body.length} bytes is too long for RCON: at most ${maxCommandBytes}`);
}
