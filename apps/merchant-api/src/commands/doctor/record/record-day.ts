import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type SignType } from '@countersign/alipay-protocol';

import { type Environment } from '../../../config/settings';
import { CommandStopped, reasonOf } from '../../command-stopped';
import { connectToBooks } from '../../connect-to-books';
import { answerVector, type KeptCall, signatureVector } from './call-vectors';
import { createMask } from './create-mask';
import { createDemoKeys } from './demo-keys';
import { type Disguise, notificationVector } from './notification-vector';
import { type KeptDay, readDay, recordedMax } from './read-day';

/**
 * `npm run doctor -- --record <folder>`: one day's notifications, requests and answers as the files
 * that our own tests read, with other names in them and signed with keys made for the occasion.
 */
export async function recordDay(
  env: Environment,
  { folder, day: wished }: { readonly folder: string; readonly day?: string | undefined },
  print: (line: string) => Promise<void>,
): Promise<void> {
  const client = await connectToBooks(env);
  let kept: KeptDay;
  try {
    kept = await readDay(client, wished);
  } finally {
    await client.end();
  }
  const files = vectorsOf(kept, signTypeOf(env));
  openFolder(folder);
  for (const [name, vectors] of Object.entries(files)) {
    write(join(folder, `${name}.json`), { about: aboutOf(kept.day), vectors });
    await print(`${join(folder, `${name}.json`)}: ${vectors.length}`);
  }
  const leftOut = kept.notifications.length - files.notifications.length;
  if (leftOut > 0) await print(`${leftOut} notification(s) cannot be told under other names.`);
  if (Math.max(kept.notifications.length, kept.calls.length) === recordedMax) {
    await print(`Of each kind the first ${recordedMax} of the day were taken.`);
  }
}

function vectorsOf({ notifications, calls }: KeptDay, signType: SignType) {
  const disguise: Disguise = { mask: createMask(), keyFor: createDemoKeys() };
  const signedBy = ({ response }: KeptCall): SignType => {
    const said = SIGN_TYPES.find((known) => known === response?.['sign_type']);
    return said ?? signType;
  };
  return {
    notifications: numbered(
      notifications.flatMap((one) => notificationVector(one, disguise) ?? []),
    ),
    signatures: numbered(
      calls.flatMap((one) => signatureVector(one, disguise, signedBy(one)) ?? []),
    ),
    answers: numbered(calls.flatMap((one) => answerVector(one, disguise, signedBy(one)) ?? [])),
  };
}

const SIGN_TYPES: readonly SignType[] = ['MD5', 'RSA', 'RSA2'];

/** What a call was signed with that nobody answered is not in the books. */
function signTypeOf(env: Environment): SignType {
  return SIGN_TYPES.find((known) => known === env['ALIPAY_SIGN_TYPE']) ?? 'RSA2';
}

function numbered<Vector extends { readonly name: string }>(vectors: readonly Vector[]): Vector[] {
  return vectors.map((vector, index) => ({ ...vector, name: `${index + 1}: ${vector.name}` }));
}

function aboutOf(day: string): string {
  return (
    `Recorded on ${day} by doctor --record. Ids, names, logins, addresses and texts are masked, the same ` +
    'value everywhere in the same way; signatures are made anew with keys of this recording.'
  );
}

function openFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CommandStopped(`${folder} cannot be made: ${reasonOf(error)}`);
  }
}

/** Written over nothing: two recordings have different masks, and must not be mixed. */
function write(path: string, content: object): void {
  try {
    writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new CommandStopped(`${path} cannot be written: ${reasonOf(error)}`);
  }
}
