import { setMaxListeners } from 'node:events';

/**
 * A controller for the life of a part, on whose signal many may wait at once; Node would take more than ten for a leak.
 */
export function lifetime(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
