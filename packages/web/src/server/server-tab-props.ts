import type { Box } from '../api/box.js';
import type { Server } from '../api/types.js';

export interface ServerTabProps {
  readonly box: Box;
  readonly server: Server;
  /** The thing that is open in the tab, as it stands in the address. */
  readonly rest: readonly string[];
}
