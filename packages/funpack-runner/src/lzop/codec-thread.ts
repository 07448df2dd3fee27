import { parentPort } from 'node:worker_threads';
import { BlockGarbage } from './block-garbage.js';
import { packBlock, unpackBlock } from './block-codec.js';
import type { CodecAnswer, CodecRequest } from './thread-codec.js';

const garbage = new BlockGarbage();

/** The thread of a `ThreadCodec`: one block in, one block out, memory handed over and not copied where that is possible. */
parentPort?.on('message', (request: CodecRequest) => {
  const answer = answerTo(request);
  garbage.add(request.type === 'pack' ? request.data.length : request.packed.length);
  // The bytes came by themselves, or from Buffer.alloc, which never uses Node's shared pool: they can be handed over.
  parentPort?.postMessage(answer, 'bytes' in answer && answer.bytes.buffer instanceof ArrayBuffer ? [answer.bytes.buffer] : []);
});

function answerTo(request: CodecRequest): CodecAnswer {
  try {
    if (request.type === 'pack') return { id: request.id, ...packBlock(request.data) };
    return { id: request.id, bytes: unpackBlock(request.packed, request.check) };
  } catch (failure) {
    return { id: request.id, problem: failure instanceof Error ? failure.message : String(failure) };
  }
}
