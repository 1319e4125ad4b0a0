import { type Refusal, type RefusalCode } from '@countersign/merchant-domain';
import { Field, ObjectType } from 'type-graphql';

import { Scoped } from './access';
import { describedEnum } from './described-enum';
import { made } from './made';

const UserErrorCode = describedEnum<RefusalCode>(
  'UserErrorCode',
  'Why something that was asked for was not done. A program decides by the code; the message is for a person.',
  {
    INVALID_INPUT: 'A value cannot be used as it is: `field` says which one.',
    NOT_FOUND: 'There is no such record, or none that you may see.',
    NOT_ALLOWED_IN_STATE: 'The record is in a state that does not allow this.',
    AMOUNT_EXCEEDS_REFUNDABLE: 'More than what is left of the payment, refunds under way included.',
    CURRENCY_MISMATCH: 'The amount is in another currency than the payment.',
    CANCEL_WINDOW_CLOSED:
      'Alipay cancels a payment only until the Beijing midnight after it: refund it instead.',
    IDEMPOTENCY_CONFLICT:
      'The idempotency key already stands for another refund of the same payment.',
    ALIPAY_REJECTED:
      'Alipay said no, and means it: it says so again until the cause is mended, which `message` names. `alipayCode` holds its own code.',
    ALIPAY_UNAVAILABLE:
      'Alipay gave no certain answer. Nothing was changed there, so ask again later.',
    ALREADY_CLAIMED: 'The payment already belongs to another sale.',
    REFUND_LIMIT_EXCEEDED: 'Above what you may give back by yourself: a manager does it.',
  },
);

@ObjectType('UserError', {
  simpleResolvers: true,
  description:
    'An expected refusal. What was asked for was not done; nothing else in the answer is affected.',
})
@Scoped('PARENT')
export class UserError {
  @Field(() => UserErrorCode, { description: 'The reason, for a program.' })
  code!: RefusalCode;

  @Field(() => String, { description: 'What happened and what to do about it, for a person.' })
  message!: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'The path to the value at fault, from the argument on, for instance ["input", "amount", "amount"]; null when the refusal is not about a value.',
  })
  field!: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Alipay's own code, when Alipay refused; else null. docs/error-codes.md explains each.",
  })
  alipayCode!: string | null;
}

/** The expected refusals in a use case's result, for the payload of its mutation. */
export function userErrorsOf(result: object): UserError[] {
  return isRefusal(result) ? [toUserError(result)] : [];
}

export function toUserError(refusal: Refusal): UserError {
  return made(UserError, {
    code: refusal.refusal,
    message: refusal.message,
    field: refusal.field === undefined ? null : ['input', ...refusal.field],
    alipayCode: refusal.alipayCode ?? null,
  });
}

function isRefusal(result: object): result is Refusal {
  return 'refusal' in result;
}

/** An id that is not of the type that a mutation needs. */
export function noSuchId(name: string, type: string): UserError {
  return made(UserError, {
    code: 'INVALID_INPUT',
    message: `This is not the id of a ${type}: pass the id as the API gave it.`,
    field: ['input', name],
    alipayCode: null,
  });
}
