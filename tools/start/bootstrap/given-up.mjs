/** Something a person has to set right; the message says what, and no stack trace is wanted. */
export class GivenUp extends Error {
  constructor(message, { exitCode = 1 } = {}) {
    super(message);
    this.exitCode = exitCode;
  }
}
