import { type Config } from '../../config';
import { reasonOf } from '../command-stopped';
import { doubtful, type Finding, good, wrong } from './finding';

const ABOUT = 'access';

/** Whether the identity provider shows its keys. API keys stand in the books. */
export async function checkAccess({ demoToken, identityProvider }: Config): Promise<Finding[]> {
  const demo =
    demoToken === ''
      ? []
      : [
          doubtful(
            ABOUT,
            'the demo’s token opens everything',
            'Leave AUTH_DEMO_TOKEN out where anybody but you can reach the API.',
          ),
        ];
  if (identityProvider === null) return demo;
  return [...demo, await askForKeys(identityProvider.jwksUrl)];
}

async function askForKeys(jwksUrl: string): Promise<Finding> {
  const remedy = 'See that AUTH_JWKS_URL is the address of its JSON Web Key Set.';
  try {
    const response = await fetch(jwksUrl, { signal: AbortSignal.timeout(10_000) });
    const { keys } = (await response.json()) as { keys?: unknown };
    return Array.isArray(keys) && keys.length > 0
      ? good(ABOUT, `the identity provider shows ${keys.length} key(s)`)
      : wrong(ABOUT, `${jwksUrl} shows no keys`, remedy);
  } catch (error) {
    return wrong(ABOUT, `the identity provider’s keys cannot be had: ${reasonOf(error)}`, remedy);
  }
}
