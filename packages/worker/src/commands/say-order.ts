import type { Order } from '@pinky/funpack-runner/light';
import { PinkyError, type CommandResult } from '@pinky/protocol';
import type { Reply } from '../channel/channel.js';
import type { GameRun } from '../run/game-run.js';
import type { GameTalk } from '../run/game-talk.js';

/** The parts of a running game that an order needs. */
export interface ToldRun extends Pick<GameRun, 'say'> {
  readonly talk: Pick<GameTalk, 'linesFor' | 'proofOf'> & { readonly waits: Pick<GameTalk['waits'], 'verdict'> };
}

/**
 * Says an order, and waits for the game's word on it where its funpack says how that looks. Throws `order_rejected`,
 * and what saying it throws.
 */
export async function sayOrder(
  run: ToldRun,
  order: Order,
  serverId: string,
): Promise<Pick<CommandResult, 'delivery' | 'reply'>> {
  const lines = run.talk.linesFor(order);
  const proof = run.talk.proofOf(order);
  const over = new AbortController();
  // the answer may come at once: listen before speaking
  const heard = proof && run.talk.waits.verdict(proof.judge, proof.timeoutMs, over.signal);
  try {
    const reply = await run.say(lines);
    const verdict = reply.isConfirmed ? { isDone: true as const } : await heard;
    if (verdict && !verdict.isDone) throw rejected(serverId, order, verdict.line);
    return { delivery: verdict ? 'confirmed' : 'passed_on', ...replyOf(reply) };
  } finally {
    over.abort();
  }
}

/** How many lines of a game's reply an answer holds. */
const replyLinesKept = 100;

export const replyOf = ({ lines }: Reply): Pick<CommandResult, 'reply'> =>
  (lines.length === 0 ? {} : { reply: lines.slice(0, replyLinesKept) });

const rejected = (serverId: string, { type }: Order, line: string): PinkyError =>
  new PinkyError('order_rejected', `server ${serverId}: the game did not ${type}: ${line.slice(0, 300)}`);
