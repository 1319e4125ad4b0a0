import { codes } from './interleave-codes';
import type { Crossing } from './interleave-crossing';
import { messages } from './interleave-messages';
import { money } from './interleave-money';
import { workers } from './interleave-workers';

/** Whatever can meet at the gateway simulator, by its name. */
export const crossings: Readonly<Record<string, Crossing>> = {
  ...money,
  ...messages,
  ...workers,
  ...codes,
};
