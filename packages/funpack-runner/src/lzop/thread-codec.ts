import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { deferred, type Deferred } from '@pinky/protocol';
import type { BlockCheck, PackedBlock } from './block.js';
import type { ArchiveSum, BlockCodec } from './block-codec.js';

/** `memory` is handed over and comes back with the answer. */
export type CodecRequest =
  | { readonly type: 'pack'; readonly id: number; readonly memory: Uint8Array; readonly sum: number | undefined }
  | { readonly type: 'add'; readonly id: number; readonly memory: Uint8Array; readonly sum: number }
  | { readonly type: 'digest'; readonly id: number; readonly memory: Uint8Array; readonly sum: number }
  | {
      readonly type: 'unpack';
      readonly id: number;
      readonly memory: Uint8Array;
      readonly packedLength: number;
      readonly check: BlockCheck;
    };

export type CodecAnswer =
  | {
      readonly id: number;
      readonly bytes: Uint8Array;
      readonly length?: number;
      readonly crc32?: number;
      readonly digest?: string;
    }
  | { readonly id: number; readonly problem: string };

type Worked = Extract<CodecAnswer, { bytes: Uint8Array }>;

/** Requests are worked off in their order, so a sum gets all bytes in the order of the file. */
class ThreadSum implements ArchiveSum {
  constructor(
    readonly number: number,
    private readonly ask: (type: 'add' | 'digest', bytes: Uint8Array) => Promise<Worked>,
  ) {}

  add(bytes: Uint8Array): void {
    this.ask('add', bytes).catch(() => undefined); // the digest fails too
  }

  async digest(): Promise<string> {
    return (await this.ask('digest', new Uint8Array(0))).digest ?? '';
  }
}

/**
 * Packs and unpacks on a thread of its own, so that reading and writing files goes on meanwhile, as with the two
 * processes of `tar | lzop`. The thread starts with the first block.
 */
export class ThreadCodec implements BlockCodec {
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Deferred<Worked>>();
  #nextId = 0;

  constructor(private readonly program: string = join(__dirname, 'codec-thread.js')) {}

  async pack(data: Uint8Array, sum?: ArchiveSum): Promise<PackedBlock> {
    // Memory that holds only the block is handed over. A slice is copied, because all of its memory would go.
    const memory = data.byteLength === data.buffer.byteLength ? data : new Uint8Array(data);
    const number = sum instanceof ThreadSum ? sum.number : undefined;
    const { bytes, length = 0, crc32 = 0 } = await this.#ask((id) => ({ type: 'pack', id, memory, sum: number }));
    return { bytes, length, crc32 };
  }

  sum(): ArchiveSum {
    const number = this.#nextId++;
    return new ThreadSum(number, (type, bytes) =>
      this.#ask((id) => ({ type, id, memory: new Uint8Array(bytes), sum: number })));
  }

  async unpack(memory: Uint8Array, packedLength: number, check: BlockCheck): Promise<Uint8Array> {
    return (await this.#ask((id) => ({
      type: 'unpack',
      id,
      memory,
      packedLength,
      check,
    }))).bytes;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(request: (id: number) => CodecRequest): Promise<Worked> {
    const id = this.#nextId++;
    const answer = deferred<Worked>();
    this.#waiting.set(id, answer);
    const message = request(id);
    const { buffer } = message.memory;
    (this.#worker ??= this.#start()).postMessage(message, buffer instanceof ArrayBuffer ? [buffer] : []);
    return answer.promise;
  }

  #start(): Worker {
    const worker = new Worker(this.program, {
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 8 },
    });
    worker.on('message', (answer: CodecAnswer) => this.#answered(answer));
    worker.on('error', (failure) => this.#failAll(failure));
    worker.on('exit', () => this.#failAll(new Error('the codec thread ended')));
    return worker;
  }

  #answered(answer: CodecAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('problem' in answer) waiting?.reject(new Error(answer.problem));
    else waiting?.resolve(answer);
  }

  #failAll(failure: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(failure);
    this.#waiting.clear();
  }
}
