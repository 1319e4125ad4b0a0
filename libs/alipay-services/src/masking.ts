/**
 * A message as it may be kept and shown: no signature, no key, no full buyer id, no token of a
 * notification address. What Alipay has masked already is left as it is.
 */
export function maskFields(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, maskField(name, value)]),
  );
}

/** Every notification address in a text, without its token. */
export function maskNotificationTokens(text: string): string {
  return text.replace(NOTIFICATION_TOKEN, '$1[secret]');
}

/** A login (e-mail or telephone number) with its middle hidden, unless Alipay has hidden it. */
export function maskLogin(login: string): string {
  if (login === '' || login.includes('*')) return login;
  const [name = '', domain] = login.split('@');
  if (domain !== undefined) return `${name.slice(0, Math.min(2, name.length - 1))}****@${domain}`;
  return login.length < 8 ? '****' : `${login.slice(0, 3)}****${login.slice(-2)}`;
}

/** An account id by which support can compare two records, and nobody can find the buyer. */
export function maskAccountId(id: string): string {
  return id.length < 8 ? '****' : `****${id.slice(-4)}`;
}

// The address may stand inside another text or be form-encoded, as in an echo of the request.
const NOTIFICATION_TOKEN =
  /(\/alipay\/notifications\/|%2Falipay%2Fnotifications%2F)[^/?#&\s"'<>%]+/gi;
const SECRET = /^sign$|(?:^|_)(?:key|secret|password|token)$/i;
const ACCOUNT_ID = /^(?:alipay_)?buyer_(?:user_)?id$/i;
const LOGIN =
  /^(?:alipay_)?(?:buyer|seller)_(?:email|login_id|logon_id|account|mobile|phone)$|^notify_mobile$/i;

function maskField(name: string, value: string): string {
  if (SECRET.test(name)) return '[secret]';
  if (ACCOUNT_ID.test(name)) return maskAccountId(value);
  if (LOGIN.test(name)) return maskLogin(value);
  return maskNotificationTokens(value);
}
