/** Something a person has to set right: the message says what, and a stack trace would not help. */
export class StopWithMessage extends Error {
  override readonly name = 'StopWithMessage';
}
