import { fstatSync, write } from 'node:fs';

/** The descriptor on which the supervisor listens for heartbeats. */
const pipeFd = 3;
const beatByte = Buffer.from('.');

/**
 * Answers a function that sends one byte up the supervisor's pipe. It does nothing if there is no pipe, or if
 * nobody reads it any more.
 */
export function heartbeatPipe(): () => void {
  let isUsable = isPipe(pipeFd);
  let isWriting = false;
  return () => {
    if (!isUsable || isWriting) return;
    isWriting = true; // a full pipe blocks one thread of the pool, never this one
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
    return false; // it was not given to us
  }
}
