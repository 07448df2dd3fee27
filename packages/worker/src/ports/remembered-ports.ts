import { readDefinitions } from '@pinky/protocol';
import type { RememberedPort } from './port-pool.js';

/** The ports of all servers that are defined. */
export const rememberedPorts = (home: string): RememberedPort[] =>
  readDefinitions(home).flatMap(({ serverId, port, isPortFixed }) =>
    port === undefined ? [] : [{ port, serverId, isFixed: isPortFixed === true }],
  );
