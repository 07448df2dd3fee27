import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { deferred, type Deferred } from '@pinky/protocol';
import { BlockGarbage } from './block-garbage.js';
import type { BlockCheck, BlockCodec, Packed } from './block-codec.js';

export type CodecRequest =
  | { readonly type: 'pack'; readonly id: number; readonly data: Uint8Array }
  | { readonly type: 'unpack'; readonly id: number; readonly packed: Uint8Array; readonly check: BlockCheck };

export type CodecAnswer =
  | { readonly id: number; readonly bytes: Uint8Array; readonly length?: number; readonly crc32?: number }
  | { readonly id: number; readonly problem: string };

/**
 * Packs and unpacks on one thread of its own, so that reading and writing files goes on meanwhile: what `tar | lzop`
 * does with two processes. The thread starts with the first block.
 */
export class ThreadCodec implements BlockCodec {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Deferred<{ bytes: Uint8Array; length?: number; crc32?: number }>>();
  readonly #garbage = new BlockGarbage();
  #nextId = 0;

  constructor(private readonly program: string = join(__dirname, 'codec-thread.js')) {}

  async pack(data: Uint8Array): Promise<Packed> {
    const { bytes, length = 0, crc32 = 0 } = await this.#ask(data, (id, own) => ({ type: 'pack', id, data: own }));
    return { bytes, length, crc32 };
  }

  async unpack(packed: Uint8Array, check: BlockCheck): Promise<Uint8Array> {
    return (await this.#ask(packed, (id, own) => ({ type: 'unpack', id, packed: own, check }))).bytes;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(bytes: Uint8Array, request: (id: number, own: Uint8Array) => CodecRequest): Promise<{ bytes: Uint8Array; length?: number; crc32?: number }> {
    const id = this.#nextId++;
    const answer = deferred<{ bytes: Uint8Array; length?: number; crc32?: number }>();
    this.#waiting.set(id, answer);
    const own = ownMemory(bytes);
    (this.#worker ??= this.#start()).postMessage(request(id, own), [own.buffer]);
    return answer.promise;
  }

  #start(): Worker {
    const worker = new Worker(this.program, { resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 } });
    worker.on('message', (answer: CodecAnswer) => this.#answered(answer));
    worker.on('error', (failure) => this.#failAll(failure));
    worker.on('exit', () => this.#failAll(new Error('the codec thread ended')));
    return worker;
  }

  #answered(answer: CodecAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('bytes' in answer) this.#garbage.add(answer.bytes.length);
    if ('problem' in answer) waiting?.reject(new Error(answer.problem));
    else waiting?.resolve(answer);
  }

  #failAll(failure: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(failure);
    this.#waiting.clear();
  }
}

/**
 * The bytes in memory that can be handed over. A slice is copied out: it would take all of its buffer with it (and a
 * message that is not handed over clones all of it).
 */
function ownMemory(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
