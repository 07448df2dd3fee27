import type { ListenAddress } from '@pinky/serverengine';

/** An order to a `socket-worker` process. */
export type WorkerOrder =
  | {
      readonly do: 'listen';
      readonly address: ListenAddress;
      /** `silent`: it accepts and says nothing. Default `tcp`. */
      readonly as?: 'tcp' | 'http' | 'silent';
    }
  /** Becomes a manager that takes over its parent's sockets at these addresses. */
  | { readonly do: 'takeOver'; readonly addresses: readonly ListenAddress[] }
  /** Lets a worker of its own serve these addresses from the sockets that were taken over. */
  | { readonly do: 'serve'; readonly addresses: readonly ListenAddress[] }
  /** `close`: closes its sockets. `spin`: accepts no more, because it loops. `ping`: only answers. */
  | { readonly do: 'close' | 'spin' | 'ping' };

export interface WorkerReply {
  readonly done: WorkerOrder['do'];
  readonly ports?: readonly number[];
  /** `serve`: connections are answered with this pid. */
  readonly servedBy?: number;
  readonly error?: string;
}
