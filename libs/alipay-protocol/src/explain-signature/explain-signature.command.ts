import { createPublicKey } from 'node:crypto';
import { parseArgs } from 'node:util';

import { AlipayProtocolError } from '../errors';
import { explainMismatch, type Explanation } from '../explain-mismatch';
import { loadKey } from '../keys';
import { type SignType } from '../sign-types';
import { createVerifier, type Verifier } from '../verify-fields';
import { type MessageKind, readMessage } from './read-message';

/** What the command is run with; keys come from the environment alone, and are never printed. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => Buffer;
  readonly readInput: () => Promise<Buffer>;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
}

const USAGE = `Says why the signature of a message does not verify. It explains, and accepts nothing.

  explain-signature notification.txt          the body of a notification, as it was posted
  explain-signature answer.xml                an answer of the gateway, byte for byte
  explain-signature --request request.txt     a request of ours: its URL with the query, or its body
  … | explain-signature                       from a pipe

  --request               the message is ours: it is checked with the public half of our own key
  --url <url>             the address that the body of a request was posted to
  --content-type <type>   the Content-Type header that came with the message
  --json                  for machines: { kind, verifies, signedText, findings }
  --help                  this text

Keys, each also as …_FILE: ALIPAY_SIGN_TYPE (MD5, RSA or RSA2), ALIPAY_PUBLIC_KEY or ALIPAY_MD5_KEY;
ALIPAY_PRIVATE_KEY, our own, to see whether keys were mixed up.
The text that is printed is that of your message: it may hold names of buyers.

Exit code: 0 the signature is good, 1 it is not, 2 it could not be checked.`;

const OPTIONS = {
  request: { type: 'boolean', default: false },
  url: { type: 'string' },
  'content-type': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const COULD_NOT = 2;

/** `explain-signature`, and `npm run explain-signature`. Answers the exit code. */
export async function explainSignature(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<number> {
  const { print, complain } = surroundings;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: OPTIONS,
      allowPositionals: true,
    });
    if (values.help) {
      print(USAGE);
      return 0;
    }
    if (positionals.length > 1) throw new Error(`one message at a time\n\n${USAGE}`);
    const keys = keysIn(surroundings);
    const [path] = positionals;
    const bytes = path === undefined ? await surroundings.readInput() : surroundings.readFile(path);
    const message = readMessage(bytes, {
      isRequest: values.request,
      url: values.url,
      contentType: values['content-type'],
    });
    if (message.kind === 'refusal') {
      print(
        `The gateway refused with ${message.code}, unsigned: there is no signature to explain.`,
      );
      return 1;
    }
    const verifier = values.request ? keys.ours() : keys.alipays();
    const explanation = message.isGood(verifier)
      ? { signedText: message.signedText, findings: [] }
      : explainMismatch(message.fields, {
          verifier,
          charset: message.charset,
          ownKey: values.request ? undefined : keys.own,
        });
    report(print, values.json, message.kind, explanation);
    return explanation.findings.length === 0 ? 0 : 1;
  } catch (error) {
    complain(`It could not be checked: ${reasonOf(error)}`);
    return COULD_NOT;
  }
}

interface Keys {
  readonly own: string | undefined;
  /** Checks what Alipay signed. */
  readonly alipays: () => Verifier;
  /** Checks what we signed. */
  readonly ours: () => Verifier;
}

function keysIn({ env, readFile }: Surroundings): Keys {
  const valueOf = (name: string): string | undefined => {
    const file = env[`${name}_FILE`];
    const value = file === undefined || file === '' ? env[name] : readFile(file).toString('utf8');
    return value === undefined || value.trim() === '' ? undefined : value;
  };
  const needed = (name: string): string => {
    const value = valueOf(name);
    if (value === undefined) throw new Error(`set ${name} (or ${name}_FILE)`);
    return value;
  };
  const signType = (): SignType => {
    const type = needed('ALIPAY_SIGN_TYPE').trim();
    if (type !== 'MD5' && type !== 'RSA' && type !== 'RSA2') {
      throw new Error('ALIPAY_SIGN_TYPE must be MD5, RSA or RSA2');
    }
    return type;
  };
  const verifier = (publicKey: () => string | ReturnType<typeof createPublicKey>): Verifier => {
    const type = signType();
    return type === 'MD5'
      ? createVerifier({ signType: type, md5Key: needed('ALIPAY_MD5_KEY') })
      : createVerifier({ signType: type, publicKey: publicKey() });
  };
  return {
    own: valueOf('ALIPAY_PRIVATE_KEY'),
    alipays: () => verifier(() => needed('ALIPAY_PUBLIC_KEY')),
    ours: () =>
      verifier(() => createPublicKey(loadKey(needed('ALIPAY_PRIVATE_KEY'), { kind: 'private' }))),
  };
}

function report(
  print: Surroundings['print'],
  isJson: boolean,
  kind: MessageKind,
  { signedText, findings }: Explanation,
): void {
  if (isJson) {
    print(JSON.stringify({ kind, verifies: findings.length === 0, signedText, findings }));
    return;
  }
  print(`This is ${NAMES[kind]}. What its signature should cover:\n\n${signedText}\n`);
  if (findings.length === 0) print('The signature is good.');
  for (const { cause, remedy } of findings) print(`It does not verify. ${cause}\n  → ${remedy}`);
}

const NAMES: Readonly<Record<MessageKind, string>> = {
  answer: 'an answer of the gateway',
  notification: 'a notification',
  request: 'a request of ours',
};

function reasonOf(error: unknown): string {
  if (error instanceof AlipayProtocolError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
