// Errors, and what must not be printed
export { AlipayProtocolError, type AlipayProtocolErrorCode } from './errors';
export { Secret } from './secret';

// Fields of a message
export { type Fields, optional, required } from './fields';
export { readsTwoWays, signedText } from './signed-text';

// Signing and verifying
export { createSigner, type Signer, type SignerOptions, signFields } from './sign-fields';
export {
  createVerifier,
  type Verified,
  type Verifier,
  type VerifierOptions,
  verifyFields,
} from './verify-fields';
export { type SignType } from './sign-types';
export {
  type ExplainOptions,
  type Explanation,
  explainMismatch,
  type Finding,
} from './explain-mismatch';

// Keys
export {
  keyBits,
  keyFingerprint,
  type KeyInput,
  type KeyKind,
  loadKey,
  type Md5KeyInput,
} from './keys';

// Messages
export { decodeRequest, type EncodedRequest, encodeRequest, type RequestParts } from './request';
export {
  type AnswerOptions,
  decodeAnswer,
  type DecodedAnswer,
  encodeAnswer,
  parseAnswer,
  type ParsedAnswer,
  repeatedRequest,
  type SignedAnswerOptions,
} from './answer';
export {
  decodeNotification,
  type EncodedNotification,
  encodeNotification,
  type NotificationOptions,
  parseNotification,
} from './notification';
export { type Charset, charsetNamed } from './charset';

// Amounts and time
export { decimalsOf, formatAmount, type Money, parseAmount } from './money';
export {
  formatGatewayDigits,
  formatGatewayMillis,
  formatGatewayTime,
  parseGatewayDigits,
  parseGatewayTime,
} from './gateway-time';
