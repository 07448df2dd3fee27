import type { CommandResult, RequestedCommand } from '@pinky/protocol';
import type { RoutedCommand } from './routed-command.js';

/** A checked command from outside, on its way to be obeyed. */
export interface RequestedRoute extends Omit<RoutedCommand, 'command'> {
  readonly command: RequestedCommand;
}

/** The way of every command from outside, whichever door it came through. */
export interface CommandRoute {
  /** Answers what became of it. It is on its way before this first waits. */
  route(requested: RequestedRoute): Promise<CommandResult>;
}
