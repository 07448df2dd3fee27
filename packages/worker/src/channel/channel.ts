import { withoutEscapes, type Encoding, type Placeholders } from '@pinky/funpack-runner/light';
import { PinkyError, type Clock } from '@pinky/protocol';

/** The answer of a game to what it was told. */
export interface Reply {
  readonly lines: readonly string[];
  /** The game, or the program that told it, says that it was done. */
  readonly isConfirmed?: boolean;
}

export const noReply: Reply = { lines: [] };

/** A way to tell a game something, other than its stdin. */
export interface Channel {
  /** Says lines, in order. Throws `order_failed` if the game cannot be told, and `bad_text`. */
  say(lines: readonly string[]): Promise<Reply>;
  /** Makes what the game is to read, before it is launched. */
  make?(): void;
  close(): void;
}

export interface ChannelOptions {
  readonly serverId: string;
  readonly placeholders: Placeholders;
  readonly clock: Clock;
  readonly encoding: Encoding;
}

export const cannotTell = (serverId: string, because: string): PinkyError =>
  new PinkyError('order_failed', `server ${serverId}: ${because}`);

/** How much of a reply is kept, bytes and lines. */
export const maxReplyBytes = 256 * 1024;
const maxReplyLines = 1_000;

/** The lines of a reply, without colours and control characters, and without empty ones. */
export const replyLines = (text: string): readonly string[] =>
  withoutEscapes(text)
    .split(/\r?\n|\r/)
    .map((line) => line.replace(/[\u0000-\u001f\u007f-\u009f]/g, ''))
    .filter((line) => line !== '')
    .slice(0, maxReplyLines);
