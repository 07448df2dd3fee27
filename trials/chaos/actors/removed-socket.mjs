import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lookFor } from '@pinky/protocol/testing';
import { isAlive } from '../../processes.mjs';

/** How long the owner of a removed socket may take to bind it again, milliseconds. It looks once a second. */
const boundAgainMs = 10_000;

/** A command that asks this owner over its socket. */
const question = { supervisor: ['reload'], queue: ['list', 'nobody'] };

/**
 * Answers that are honest: `not_running` comes from the queue itself. The owner may be away for another fault, and a
 * disk that is full for another fault takes no configuration.
 */
const honest = [
  'socket_gone',
  'not_running',
  'supervisor_unreachable',
  'connection_lost',
  'deadline_exceeded',
  'no_space',
];

/**
 * Removes a socket of the box, as a cleaner of /tmp does. Resolves with `skipped` where its owner does not run, and
 * with `wrong` where the box was not honest about it, or an owner that went on did not bind it again.
 */
export async function removeSocket(box, name) {
  const owner = box.one(name);
  const path = join(box.home, `${name}.sock`);
  if (!owner || !existsSync(path)) return { skipped: `no ${name} with a socket just now` };
  rmSync(path, { force: true });
  const { stdout, stderr } = await box.pinky(...question[name], '--json');
  const answer = jsonOf(stdout || stderr);
  // it may have been bound again before the command came to it
  const isAnswered = answer !== undefined && answer.error === undefined;
  if (!isAnswered && !honest.includes(answer?.error?.code)) {
    return { wrong: `without ${name}.sock, \`pinky ${question[name].join(' ')}\` said ${stdout || stderr}` };
  }
  const isBack = await lookFor(() => existsSync(path) || !isAlive(owner.identity), {
    timeoutMs: boundAgainMs,
    everyMs: 100,
  });
  return isBack ? {} : { wrong: `${name}.sock was not bound again within ${boundAgainMs / 1_000} s` };
}

function jsonOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
