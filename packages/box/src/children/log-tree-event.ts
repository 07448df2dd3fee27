import { messageOf, type Logger } from '@pinky/protocol';
import { exitInWords, type TreeEvent } from '@pinky/supervisor';

/** Logs that a socket was removed, and whether it could be bound again. */
export function logSocket(logger: Logger, socket: string, failure: unknown): void {
  if (failure === undefined) logger.warn({ event: 'socket.bound_again', socket, because: 'it was removed' });
  else logger.error({ event: 'socket.not_bound', socket, because: messageOf(failure) });
}

/** Logs one line about what happened to a child. */
export function logTreeEvent(logger: Logger, event: TreeEvent): void {
  switch (event.type) {
    case 'launched':
    case 'adopted':
      return logger.info({ event: `child.${event.type}`, name: event.name, childPid: event.identity.pid });
    case 'state':
      return logger.debug({ event: 'child.state', name: event.name, from: event.from, to: event.to });
    case 'signalled':
      return logger.info({
        event: 'child.signalled',
        name: event.name,
        childPid: event.pid,
        signal: event.signal,
        rung: event.rung,
      });
    case 'stalled':
      return logger.error({
        event: 'child.stalled',
        name: event.name,
        childPid: event.pid,
        silentMs: Math.round(event.silentMs),
      });
    case 'pulseLost':
      return logger.error({ event: 'child.pulse_lost', name: event.name, childPid: event.pid });
    case 'exited': {
      const level = event.isAgain ? 'debug' : event.meaning === 'crashed' && !event.wasAsked ? 'error' : 'info';
      return logger[level]({
        event: 'child.exited',
        name: event.name,
        childPid: event.pid,
        exit: exitInWords(event.exit),
        means: event.wasAsked ? 'asked' : event.meaning,
      });
    }
    case 'backingOff':
      return logger.warn({ event: 'child.backing_off', name: event.name, pauseMs: Math.round(event.pauseMs) });
    case 'crashLoop':
      return logger.error({ event: 'child.crash_loop', name: event.name });
  }
}
