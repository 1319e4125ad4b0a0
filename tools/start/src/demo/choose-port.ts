import { findFreePort, isFree } from '@countersign/postgres';
import { given, type Environment } from '../environment';
import { StopWithMessage } from '../stop-with-message';

/** The port that a variable names; 0 is a free one, chosen once, so that a restart keeps it. */
export async function choosePort(
  env: Environment,
  variable: string,
  usual: number,
): Promise<number> {
  const text = given(env, variable) ?? String(usual);
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new StopWithMessage(`${variable} must be a number from 0 to 65535.`);
  }
  if (Number(text) === 0) return findFreePort();
  if (await isFree(Number(text), given(env, 'HOST') ?? '127.0.0.1')) return Number(text);
  throw new StopWithMessage(
    `Port ${text} is taken by another program (or not ours to open). Set ${variable} to another one; ${variable}=0 takes a free port.`,
  );
}
