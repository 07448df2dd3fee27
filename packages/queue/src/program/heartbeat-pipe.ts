import { fstatSync, write } from 'node:fs';

/** Where the supervisor listens for signs of life. */
const pipeFd = 3;
const beatByte = Buffer.from('.');

/**
 * Sends one byte per call up the supervisor's pipe. Does nothing where there is no pipe, or when nobody reads it any
 * more.
 */
export function heartbeatPipe(): () => void {
  let isUsable = isPipe(pipeFd);
  let isWriting = false;
  return () => {
    if (!isUsable || isWriting) return;
    isWriting = true; // a full pipe holds up one thread of the pool, never this one
    write(pipeFd, beatByte, 0, 1, null, (error) => {
      isWriting = false;
      if (error && error.code !== 'EAGAIN') isUsable = false;
    });
  };
}

function isPipe(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isFIFO() || stat.isSocket();
  } catch {
    return false; // nobody gave us one
  }
}
