import { StringDecoder } from 'node:string_decoder';

/** The longest text without a line break that is held back. Bytes. */
const longestLine = 65_536;

/**
 * Sends this process's output on a standard stream to the log instead, line by line and unchanged. A line that comes in
 * pieces is written when it is whole. Output of native code, straight to the descriptor, is not seen. Returns the
 * function that undoes the hook.
 */
export function hookStream(stream: NodeJS.WriteStream, append: (text: string) => void): () => void {
  const original = stream.write.bind(stream);
  const decoder = new StringDecoder('utf8'); // a character may come in two pieces
  let held = '';
  const flush = (): void => {
    if (held !== '') append(`${held}\n`);
    held = '';
  };
  const write = (chunk: string | Uint8Array, encodingOrDone?: unknown, done?: unknown): boolean => {
    const text = typeof chunk === 'string' ? chunk : decoder.write(Buffer.from(chunk));
    const end = text.lastIndexOf('\n') + 1;
    if (end > 0) {
      append(held + text.slice(0, end));
      held = '';
    }
    held += text.slice(end);
    if (held.length > longestLine) flush();
    const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done;
    if (typeof callback === 'function') process.nextTick(callback);
    return true;
  };
  // The cast holds: `write` answers all three forms of Writable.write.
  stream.write = write as typeof stream.write;
  process.once('exit', flush);
  return () => {
    stream.write = original;
    process.off('exit', flush);
    flush();
  };
}
