import type { Context } from '../command-line/context.js';
import { QueueClient } from '../talk/queue.js';

/** The queue of the box that a command is about. */
export const queueOf = ({ home, clock, signal }: Context): QueueClient => new QueueClient({ home, clock, signal });
