import type { Message } from '../frames/messages.js';

/** One slave as its master sees it: something that takes messages, such as a `Peer`. */
export interface SlaveConnection {
  /** Answers false if it is gone. */
  send(message: Message): boolean;
  /** Closes the connection after what was sent. */
  end?(): void;
}
