import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { blockHead, type PackedBlock } from './block.js';
import { BlockWork } from './block-work.js';
import type { CodecAnswer, CodecRequest } from './thread-codec.js';

const work = new BlockWork();
/** The files whose sums are being made, by their numbers. */
const sums = new Map<number, Hash>();

/** The thread of a `ThreadCodec`: it gets a block's memory, works on it in place, and sends it back. */
parentPort?.on('message', (request: CodecRequest) => {
  const { buffer } = request.memory;
  parentPort?.postMessage(answerTo(request), buffer instanceof ArrayBuffer ? [buffer] : []);
});

function answerTo(request: CodecRequest): CodecAnswer {
  const { id, memory } = request;
  try {
    if (request.type === 'pack') return { id, ...packed(memory, request.sum) };
    if (request.type === 'add') return { id, bytes: added(request.sum, memory) };
    if (request.type === 'digest') return { id, bytes: memory, digest: digestOf(request.sum) };
    return { id, bytes: work.unpack(memory, request.packedLength, request.check) };
  } catch (failure) {
    return { id, problem: failure instanceof Error ? failure.message : String(failure) };
  }
}

function packed(memory: Uint8Array, sum: number | undefined): PackedBlock {
  const block = work.pack(memory);
  if (sum !== undefined) sumOf(sum).update(blockHead(block)).update(block.bytes);
  return block;
}

function added(sum: number, bytes: Uint8Array): Uint8Array {
  sumOf(sum).update(bytes);
  return bytes;
}

function sumOf(sum: number): Hash {
  const hash = sums.get(sum) ?? createHash('sha256');
  sums.set(sum, hash);
  return hash;
}

function digestOf(sum: number): string {
  const digest = sumOf(sum).digest('hex');
  sums.delete(sum);
  return digest;
}
