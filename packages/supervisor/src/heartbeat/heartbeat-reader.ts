import type { Readable } from 'node:stream';

export interface HeartbeatListener {
  /** Some beats have arrived. */
  readonly onBeat: () => void;
  /** The child has closed its end: it died, or it will never beat again. */
  readonly onClosed: () => void;
}

/** The parent's end of a heartbeat pipe. The bytes have no meaning. Returns the function that stops listening. */
export function readHeartbeats(pipe: Readable, { onBeat, onClosed }: HeartbeatListener): () => void {
  let isOver = false;
  const close = (): void => {
    if (isOver) return;
    isOver = true;
    onClosed();
  };
  pipe.on('data', onBeat);
  pipe.on('error', close); // ECONNRESET: the child died with unread data in its end
  pipe.on('end', close);
  pipe.on('close', close);
  return () => {
    isOver = true;
    pipe.destroy();
  };
}
