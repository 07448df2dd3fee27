import { once } from 'node:events';
import { connect } from 'node:net';
import {
  chatToAll,
  fromServer,
  kickedError,
  newGrfVersion,
  packet,
  PacketCutter,
  spectator,
  text,
  textAt,
  toServer,
  u16,
  u32,
  u64,
  u8,
} from './openttd-packets.mjs';
import { Player } from './player.mjs';

/** Frames between two signs of life: the server drops a client that is silent for long. */
const ackEveryFrames = 30;

/**
 * CMD_COMPANY_CTRL by its number in 13.0, and its fields: new, no company, no reason, a client (which the server fills
 * in).
 */
const companyControl = 82;
const newCompany = Buffer.concat([u8(0), u8(255), u8(3), u32(0)]);
/** A command without error text, tile and callback. */
const [noError, noTile, noCallback] = [u16(0), u32(0), u8(0)];

/** A spectator of an OpenTTD 13.0 game, without display or map, that only keeps time with the server. */
export async function join({ port, name }) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const send = (type, ...fields) => socket.write(packet(type, ...fields));
  const player = new Player(name, {
    say: (line) => send(toServer.chat, u8(chatToAll.action), u8(chatToAll.destination), u32(0), text(line), u64()),
    leave: () => socket.end(packet(toServer.quit)),
  });
  player.foundCompany = () =>
    send(
      toServer.command,
      u8(spectator),
      u16(companyControl),
      noError,
      noTile,
      u16(newCompany.length),
      newCompany,
      noCallback,
    );
  const joined = follow(socket, player, send);
  send(toServer.join, text('13.0'), u32(newGrfVersion), text(name), u8(spectator), u8(0));
  await Promise.race([
    joined,
    player.closed.then(() => {
      throw new Error(`${name} could not join on port ${port}`);
    }),
  ]);
  return player;
}

/** Answers the server's packets. Resolves when the game has begun for this player. */
function follow(socket, player, send) {
  let begin;
  const begun = new Promise((resolve) => { begin = resolve; });
  const time = { isIn: false, ackedFrame: 0, token: 0 };
  const answer = {
    [fromServer.checkNewGrfs]: () => send(toServer.newGrfsChecked),
    [fromServer.welcome]: () => send(toServer.getMap),
    [fromServer.mapDone]: () => send(toServer.mapOk),
    [fromServer.frame]: (body) => {
      const frame = body.readUInt32LE(0);
      if (body.length > 8) time.token = body[body.length - 1];
      if (time.isIn && frame - time.ackedFrame <= ackEveryFrames) return;
      time.ackedFrame = frame;
      send(toServer.ack, u32(frame), u8(time.token));
      time.isIn = true;
      begin();
    },
    [fromServer.chat]: (body) => player.hears(textAt(body, 6)),
    [fromServer.error]: (body) => {
      if (body[0] === kickedError) player.isKicked(textAt(body, 1));
    },
  };
  const cutter = new PacketCutter();
  socket.on('data', (bytes) => {
    for (const { type, body } of cutter.push(bytes)) answer[type]?.(body);
  });
  socket.on('error', () => socket.destroy());
  socket.once('close', () => player.isGone());
  return begun;
}
