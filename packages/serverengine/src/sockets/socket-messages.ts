import type { ListenAddress } from './listen-address.js';
import type { BoundAddress } from './open-socket.js';

/** A worker's request to its parent for a socket. */
export interface SocketRequest {
  readonly type: 'sockets.listen';
  readonly id: number;
  readonly address: ListenAddress;
}

/** The parent's answer. On success the socket comes with it. */
export type SocketAnswer = { readonly type: 'sockets.answer'; readonly id: number } & (
  | { readonly address: BoundAddress; readonly error?: never }
  | { readonly error: { readonly code: string; readonly message: string }; readonly address?: never }
);

export function isSocketRequest(message: unknown): message is SocketRequest {
  return (
    hasType(message, 'sockets.listen') &&
    'id' in message &&
    'address' in message &&
    typeof message.address === 'object' &&
    message.address !== null
  );
}

export function isSocketAnswer(message: unknown): message is SocketAnswer {
  return hasType(message, 'sockets.answer');
}

function hasType(message: unknown, type: string): message is object {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === type;
}
