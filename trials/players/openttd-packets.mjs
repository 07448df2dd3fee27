/**
 * The packets between an OpenTTD 13.0 server and its clients, as far as a player without a map needs them: a u16 length
 * (little-endian, these three bytes included), a u8 type, then fields. Texts end in a NUL byte.
 */
export const fromServer = {
  full: 0,
  banned: 1,
  error: 3,
  checkNewGrfs: 8,
  welcome: 14,
  mapDone: 21,
  frame: 24,
  chat: 30,
  newGame: 40,
  shutdown: 41,
};
export const toServer = {
  join: 2,
  newGrfsChecked: 9,
  getMap: 16,
  mapOk: 22,
  ack: 25,
  command: 27,
  chat: 29,
  quit: 42,
};

/** The company of a player who joins without one. */
export const spectator = 255;
/** The reason in an error packet that means kicked. */
export const kickedError = 12;
/** Chat to everybody: `action`, then the destination's kind. */
export const chatToAll = { action: 3, destination: 0 };
/** The checksum of the add-ons' version that 13.0 sends when it joins. */
export const newGrfVersion = 0x1d086d64;

export const text = (value) => Buffer.from(`${value}\0`);
export const u8 = (value) => Buffer.from([value]);
export const u16 = (value) => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};
export const u32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
export const u64 = () => Buffer.alloc(8);

export function packet(type, ...fields) {
  const body = Buffer.concat(fields);
  return Buffer.concat([u16(body.length + 3), u8(type), body]);
}

/** Text up to the next NUL byte. */
export const textAt = (body, offset) => body.toString('utf8', offset, Math.max(offset, body.indexOf(0, offset)));

/** Cuts a stream into packets. */
export class PacketCutter {
  #pending = Buffer.alloc(0);

  *push(bytes) {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    while (this.#pending.length >= 3 && this.#pending.length >= this.#pending.readUInt16LE(0)) {
      const length = this.#pending.readUInt16LE(0);
      yield { type: this.#pending[2], body: this.#pending.subarray(3, length) };
      this.#pending = this.#pending.subarray(length);
    }
  }
}
