import { PinkyError } from '../errors.js';

/** One frame: `uint32 event id, little-endian · uint32 body length, little-endian · body`. */
export interface Frame {
  readonly id: number;
  readonly body: Uint8Array;
}

const headerBytes = 8;

/** The largest body that is accepted, bytes. A larger one ends the connection with `frame_too_large`. */
export const maxFrameBytes = 16 * 1024 * 1024;

export function encodeFrame(id: number, body: Uint8Array): Buffer {
  if (body.length > maxFrameBytes) {
    throw new PinkyError('frame_too_large', `a frame of ${body.length} bytes is over ${maxFrameBytes}`);
  }
  const frame = Buffer.allocUnsafe(headerBytes + body.length);
  frame.writeUInt32LE(id, 0);
  frame.writeUInt32LE(body.length, 4);
  frame.set(body, headerBytes);
  return frame;
}

/** Cuts a byte stream into frames, however it is split. A hostile length throws before any memory is taken for it. */
export class FrameDecoder {
  #pending: Buffer[] = [];
  #bytes = 0;

  constructor(private readonly maxBytes = maxFrameBytes) {}

  /** Answers every frame that this chunk completes. Throws `frame_too_large`. */
  push(chunk: Buffer): Frame[] {
    this.#pending.push(chunk);
    this.#bytes += chunk.length;
    const frames: Frame[] = [];
    for (let frame = this.#take(); frame; frame = this.#take()) frames.push(frame);
    return frames;
  }

  #take(): Frame | undefined {
    if (this.#bytes < headerBytes) return undefined;
    const head = this.#joined(headerBytes);
    const length = head.readUInt32LE(4);
    if (length > this.maxBytes) {
      throw new PinkyError(
        'frame_too_large',
        `a peer announced a frame of ${length} bytes; the limit is ${this.maxBytes}`,
      );
    }
    if (this.#bytes < headerBytes + length) return undefined;
    const whole = this.#joined(headerBytes + length);
    this.#bytes -= headerBytes + length;
    const rest = whole.subarray(headerBytes + length);
    this.#pending[0] = rest;
    if (rest.length === 0) this.#pending.shift();
    return { id: whole.readUInt32LE(0), body: whole.subarray(headerBytes, headerBytes + length) };
  }

  /** The first chunk, joined with the next ones until it has at least `bytes` bytes. */
  #joined(bytes: number): Buffer {
    const first = this.#pending[0];
    if (first && first.length >= bytes) return first;
    const all = Buffer.concat(this.#pending);
    this.#pending = [all];
    return all;
  }
}
