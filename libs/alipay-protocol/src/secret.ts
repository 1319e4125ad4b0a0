import { inspect } from 'node:util';

/**
 * A text that leaves only where somebody asks for it by name. Printed, logged, put into a template, into
 * JSON or into the message of an error it reads `[secret]`; copied by `structuredClone` it is empty.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: for whoever signs, or logs in, and for nobody else. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [Symbol.toPrimitive](): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }
}

const SHOWN = '[secret]';

/** What stands behind a text that may be a secret. */
export function revealed<Given>(given: Given): Exclude<Given, Secret> | string {
  return given instanceof Secret ? given.reveal() : (given as Exclude<Given, Secret>);
}
