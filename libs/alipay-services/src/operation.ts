import { type Fields, type Verified } from '@countersign/alipay-protocol';

import { type Echoes } from './bound-answer';
import { type Outcome } from './outcome';
import { type RequestComplaint } from './request-checks';

/**
 * One Alipay service as a value. Every oddity of the service lives in its own file: how it spells
 * a field, which timestamp it wants, where its error code stands, what its answer must repeat.
 */
export interface Operation<Request, Answer> {
  readonly service: string;
  /** What is wrong with the request, or nothing. `charset` is the one it will be sent in. */
  readonly check: (request: Request, charset: string) => RequestComplaint | undefined;
  /** The service's own parameters; values left empty are not sent. */
  readonly encode: (request: Request, now: Date) => Readonly<Record<string, string | undefined>>;
  /** What the answer must repeat of the question. */
  readonly echoes: (request: Request, answer: Fields) => Echoes;
  /** Nothing but a verified answer gets here. May throw; an answer we cannot read is unknown. */
  readonly decode: (answer: Verified<Fields>, request: Request) => Outcome<Answer>;
}
