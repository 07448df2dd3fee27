import type { CommandResult } from '@pinky/protocol';

/** An order in the words of people: `kicked ann`, `kick ann`. */
export interface OrderWords {
  readonly done: string;
  readonly order: string;
}

/** The knowledge about an order that went well: that the game did it, or only that it was passed on. */
export function deliveryText({ delivery }: CommandResult, { done, order }: OrderWords): string {
  if (delivery === 'confirmed') return `${done}, as the game confirms`;
  return delivery === 'passed_on' ? `was asked to ${order}` : done; // an older worker does not say
}
