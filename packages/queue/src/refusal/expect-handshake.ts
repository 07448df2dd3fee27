import type { Socket } from 'node:net';
import { errnoOf } from '@pinky/protocol';

/** Less than a client may take to connect, milliseconds: so this is what it says. */
const handshakeMs = 2_500;
/** An alert of TLS has fewer bytes than this, and any answer more: a server first sends tickets for later sessions. */
const mostOfAlert = 100;

/** Lets the errors of a connection with TLS say what they mean. Ours is the first listener; others read its work. */
export function expectHandshake(stream: Socket): void {
  let readBefore: number | undefined;
  const timer = setTimeout(() => { if (!stream.connecting) stream.destroy(silence()); }, handshakeMs);
  stream.once('secureConnect', () => { readBefore = stream.bytesRead; });
  for (const event of ['secureConnect', 'close']) stream.once(event, () => clearTimeout(timer));
  stream.on('error', (error: Error) => {
    const hasNoAnswer = readBefore !== undefined && stream.bytesRead - readBefore < mostOfAlert;
    if (hasNoAnswer && ['ECONNRESET', 'EPIPE'].includes(errnoOf(error) ?? '')) Object.assign(error, endedEarly);
    if ('reason' in error) error.message = `TLS failed: ${String(error.reason)}`; // without OpenSSL's own places
  });
}

/**
 * The same for a connection without TLS. A server that wants TLS answers our first command by an alert at most, and
 * ends the connection.
 */
export function expectAnswer(stream: Socket): void {
  stream.on('error', (error: Error) => {
    const isMute = !stream.connecting && stream.bytesRead <= bytesOfAlert;
    if (isMute && ['ECONNRESET', 'EPIPE'].includes(errnoOf(error) ?? '')) Object.assign(error, endedMute);
  });
}

const bytesOfAlert = 7;
const endedMute = {
  code: 'ERR_REDIS_MUTE',
  message: 'it ended the connection before it said anything, as a server does that wants TLS, or is just going down',
};

/** A Redis without TLS takes the first bytes of a handshake for a command that is not complete, and waits. */
const silence = (): Error =>
  Object.assign(new Error('it accepts the connection, and then says nothing, as a server without TLS does'), {
    code: 'ERR_TLS_HANDSHAKE_TIMEOUT',
  });

/** In TLS 1.3 the server looks at our certificate after the handshake, and its reset may overtake its alert. */
const endedEarly = {
  code: 'ERR_TLS_CERTIFICATE_REQUIRED',
  message: 'it ended the connection right after the handshake, as a server does that wants another certificate',
};
