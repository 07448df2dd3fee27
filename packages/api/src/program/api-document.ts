import { silentLogger, type BoxConfig } from '@pinky/protocol';
import { ApiServer } from './api-server.js';

/** The OpenAPI document of this version. It needs no box. */
export function apiDocument(): Promise<object> {
  // Routes look at the configuration when they are asked, and here nobody asks.
  const config = { home: '/nowhere' } as BoxConfig;
  return new ApiServer({ config: () => config, logger: silentLogger, greet: () => [] }).document();
}
