import type { Box } from '../api/box.js';
import type { Server } from '../api/types.js';

export interface ServerTabProps {
  readonly box: Box;
  readonly server: Server;
}
