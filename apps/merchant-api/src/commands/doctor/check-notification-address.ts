import { type Config } from '../../config';
import { isAtLoopback } from '../../config/gateway-trust';
import { NOTIFICATION_PATH } from '../../notifications/notification.route';
import { reasonOf } from '../command-stopped';
import { doubtful, type Finding, good, wrong } from './finding';

const ABOUT = 'notifications';
const answerWithinMs = 10_000;

/** Alipay posts to this address from outside. A message that nobody signed must be refused there. */
export async function checkNotificationAddress(config: Config): Promise<Finding[]> {
  const { publicUrl, gateway } = config;
  if (publicUrl === undefined || isAtLoopback(publicUrl)) {
    if (isAtLoopback(gateway.url))
      return [await postTo(publicUrl ?? `http://127.0.0.1:${config.port}`)];
    return [
      wrong(
        ABOUT,
        'Alipay is told to notify an address of this machine only',
        'Set PUBLIC_URL to where Alipay reaches this API from outside.',
      ),
    ];
  }
  return [
    await postTo(publicUrl),
    ...(publicUrl.startsWith('https:')
      ? []
      : [
          doubtful(
            ABOUT,
            'PUBLIC_URL is not https: others on the way can read who paid what, and the secret addresses',
            'Put a certificate before the API.',
          ),
        ]),
  ];
}

async function postTo(publicUrl: string): Promise<Finding> {
  const address = `${publicUrl}${NOTIFICATION_PATH}`;
  try {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'notify_type=doctor',
      redirect: 'manual',
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = (await response.text()).slice(0, 200);
    if (response.status === 400 && text === 'fail') {
      return good(ABOUT, `${address} answers, and refuses what is not signed`);
    }
    return wrong(
      ABOUT,
      `${address} answered HTTP ${response.status} to an unsigned message instead of 400 fail`,
      'See that PUBLIC_URL leads to this API, past every login page and redirect.',
    );
  } catch (error) {
    return doubtful(
      ABOUT,
      `${address} cannot be reached from here: ${whyOf(error)}`,
      'See that the API runs; Alipay must reach it from outside, which this machine cannot try.',
    );
  }
}

/** `fetch failed` says nothing; its cause does. */
function whyOf(error: unknown): string {
  return reasonOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}
