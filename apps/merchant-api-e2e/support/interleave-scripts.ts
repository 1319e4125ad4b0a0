import type { Crossing } from './interleave-crossing';
import { codes, sharedCodes } from './interleave-codes';
import { messages } from './interleave-messages';
import { money } from './interleave-money';
import type { Leg } from './interleave-orders';
import { workers } from './interleave-workers';

/** A crossing in one order, with what has to come of it. */
export interface Script {
  readonly at: Crossing;
  readonly legs: readonly Leg[];
  readonly told: readonly string[];
  /** Who has to wait for a lock of another, in this order; nobody by default. */
  readonly waits?: string;
}

const COMMIT = /^COMMIT/;
const CALL = /^call/;
const WRITE = /^UPDATE "transactions"/;
/** The call was made, and its answer is in hand. */
const ANSWERED = /^insert into gateway_calls|^with trade as/;

export const scripts: Readonly<Record<string, Script>> = {
  'a refund waits for the row of another, and then exceeds what is left': {
    at: money['two refunds that together exceed the payment'],
    legs: [['a', COMMIT], ['b'], ['a']],
    told: ['SUCCEEDED', 'AMOUNT_EXCEEDS_REFUNDABLE'],
    waits: 'b',
  },
  'a refund counts another one that Alipay has not been asked for yet': {
    at: money['two refunds that together exceed the payment'],
    legs: [['b', CALL], ['a'], ['b']],
    told: ['AMOUNT_EXCEEDS_REFUNDABLE', 'SUCCEEDED'],
  },
  'two refunds that fit are under way together, and the first is settled last': {
    at: money['two refunds that together are the payment'],
    legs: [['a', ANSWERED], ['b'], ['a']],
    told: ['SUCCEEDED', 'SUCCEEDED'],
  },
  'the same refund is replayed while the first call is under way': {
    at: money['the same refund twice'],
    legs: [['a', CALL], ['b'], ['a']],
    told: ['SUCCEEDED', 'REPLAYED'],
  },
  'a refused refund leaves its key free for the one that waited': {
    at: money['the same refund twice, and Alipay refuses the first call'],
    legs: [['a', ANSWERED], ['a', COMMIT], ['b'], ['a']],
    told: ['ALIPAY_REJECTED', 'SUCCEEDED'],
    waits: 'b',
  },
  'a cancel comes while a refund is under way': {
    at: money['a refund and a cancel'],
    legs: [['a', CALL], ['b'], ['a']],
    told: ['SUCCEEDED', 'NOT_ALLOWED_IN_STATE'],
  },
  'a refund comes while a cancel is under way': {
    at: money['a refund and a cancel'],
    legs: [['b', CALL], ['a'], ['b']],
    told: ['NOT_ALLOWED_IN_STATE', 'CANCELLED'],
  },
  'a refund waits for a cancel that is being put on record': {
    at: money['a refund and a cancel'],
    legs: [['b', COMMIT], ['a'], ['b']],
    told: ['NOT_ALLOWED_IN_STATE', 'CANCELLED'],
    waits: 'a',
  },
  'a second cancel finds the first under way, and sends nothing': {
    at: money['two cancels'],
    legs: [['a', CALL], ['b'], ['a']],
    told: ['CANCELLED', 'CANCEL_PENDING'],
  },
  'two refunds and a cancel at one row': {
    at: money['two refunds and a cancel'],
    legs: [['a', COMMIT], ['c'], ['b'], ['a']],
    told: ['SUCCEEDED', 'AMOUNT_EXCEEDS_REFUNDABLE', 'NOT_ALLOWED_IN_STATE'],
    waits: 'cb',
  },
  'a payment is claimed while it is being claimed for another sale': {
    at: money['a payment for two sales'],
    legs: [['a', COMMIT], ['b'], ['a']],
    told: ['PAID', 'ALREADY_CLAIMED'],
    waits: 'b',
  },
  'a query brings a new trade while a notification is bringing it': {
    at: messages['a notification and a query about a new trade'],
    legs: [['a', COMMIT], ['b'], ['a']],
    told: ['DONE', 'PAID'],
    waits: 'b',
  },
  'a notification brings a new trade while a query is bringing it, and starts over': {
    at: messages['a notification and a query about a new trade'],
    legs: [['b', COMMIT], ['a'], ['b']],
    told: ['DONE', 'PAID'],
    waits: 'a',
  },
  'a copy of a notification is not taken in before the first is applied': {
    at: messages['two copies of a notification'],
    legs: [['a', COMMIT], ['b'], ['a']],
    told: ['DONE', 'DONE'],
    waits: 'b',
  },
  'the later message of a trade is applied before the earlier one': {
    at: messages['a trade that was paid and given back elsewhere, told by two notifications'],
    legs: [['b', COMMIT], ['a'], ['b']],
    told: ['DONE', 'DONE'],
    waits: 'a',
  },
  'an answer from before a cancel is applied after it': {
    at: messages['a cancel and a query'],
    legs: [['b', ANSWERED], ['a'], ['b']],
    told: ['CANCELLED', 'CANCELLED'],
  },
  'a cancel waits for a query that is about to write what it has read': {
    at: messages['a cancel and a query'],
    legs: [['b', WRITE], ['a'], ['b']],
    told: ['CANCELLED', 'PAID'],
    waits: 'a',
  },
  'a notification waits for a query that is about to write what it has read': {
    at: messages['a notification and a query about an unpaid trade that was paid'],
    legs: [['b', WRITE], ['a'], ['b']],
    told: ['DONE', 'PAID'],
    waits: 'a',
  },
  'a query hears that a trade is closed before its refund is settled': {
    at: messages['a full refund and a query'],
    legs: [['a', ANSWERED], ['b'], ['a']],
    told: ['SUCCEEDED', 'PAID'],
  },
  'a query hears of the end before a notification tells of the beginning': {
    at: messages['a notification, a query and a full refund'],
    legs: [['b'], ['c', ANSWERED], ['a'], ['c']],
    told: ['DONE', 'PAID', 'SUCCEEDED'],
  },
  'a worker leaves alone what another has taken, and waits for the code of both': {
    at: workers['two inbox workers at one batch'],
    legs: [['a', COMMIT], ['b'], ['a']],
    told: ['DONE', 'DONE'],
    waits: 'b',
  },
  'two workers bring one new trade, and the second starts over': {
    at: workers['two inbox workers at two messages of one new trade'],
    legs: [['a', COMMIT], ['b'], ['a']],
    told: ['DONE', 'DONE'],
    waits: 'b',
  },
  'two workers leave alone what a person holds, and wait for nobody': {
    at: workers['two workers at one pending cancel while its payment is claimed'],
    legs: [['c', COMMIT], ['a'], ['b'], ['c']],
    told: ['DONE', 'DONE', 'NOT_ALLOWED_IN_STATE'],
  },
  'a refund is settled by its repeat, and the first answer comes late': {
    at: workers['the late answer to a refund and that to its repeat'],
    legs: [['a', ANSWERED], ['b'], ['a']],
    told: ['SUCCEEDED', 'DONE'],
  },
  'a refund is repeated before its first call has left': {
    at: workers['the late answer to a refund and that to its repeat'],
    legs: [['a', CALL], ['b'], ['a']],
    told: ['SUCCEEDED', 'DONE'],
  },
  'a cancel is settled by its repeat, and the first answer comes late': {
    at: workers['the late answer to a cancel and that to its repeat'],
    legs: [['a', ANSWERED], ['b'], ['a']],
    told: ['CANCELLED', 'DONE'],
  },
  'a create is settled by its repeat, and the first answer comes late': {
    at: workers['the late answer to a create and that to its repeat'],
    legs: [['a', ANSWERED], ['b'], ['a']],
    told: ['ACTIVE', 'DONE'],
  },
  'a second create finds the first under way, and sends nothing': {
    at: codes['two creates of one code'],
    legs: [['a', CALL], ['b'], ['a']],
    told: ['ACTIVE', 'PENDING'],
  },
};

/** At a gateway that answers with one code for several stores. */
export const scriptsOfSharedCodes: Readonly<Record<string, Script>> = {
  'of two creates that are given one code at once, one has it and one is refused': {
    at: sharedCodes['two creates that are answered with the same code'],
    legs: [['a', ANSWERED], ['a', COMMIT], ['b'], ['a']],
    told: ['ACTIVE', 'ALIPAY_REJECTED'],
    waits: 'b',
  },
  'a create that is given a code which is being taken over elsewhere is refused': {
    at: sharedCodes['a create that is answered with the code of an import'],
    legs: [['b', COMMIT], ['a'], ['b']],
    told: ['ALIPAY_REJECTED', 'ACTIVE'],
    waits: 'a',
  },
};
