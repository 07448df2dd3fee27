import { parentPort } from 'node:worker_threads';
import { messageOf } from '@pinky/protocol';
import { BlockWork } from './block-work.js';
import type { CodecAnswer, CodecRequest } from './thread-codec.js';

const work = new BlockWork();

/** The thread of a `ThreadCodec`: it gets a block's memory, works on it in place, and sends it back. */
parentPort?.on('message', (request: CodecRequest) => {
  const { buffer } = request.memory;
  parentPort?.postMessage(answerTo(request), buffer instanceof ArrayBuffer ? [buffer] : []);
});

function answerTo(request: CodecRequest): CodecAnswer {
  const { id, memory } = request;
  try {
    if (request.type === 'pack') return { id, ...work.pack(memory) };
    return { id, bytes: work.unpack(memory, request.packedLength, request.check) };
  } catch (failure) {
    return { id, problem: messageOf(failure) };
  }
}
