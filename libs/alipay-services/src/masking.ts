/**
 * A message as it may be kept and shown: no signature, no key, no full buyer id, nothing by which the
 * persons behind a merchant could be found, no token of a notification address. What Alipay has
 * masked already is left as it is.
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
  // By whole characters: half of one is no text, and a database refuses it.
  const shown = Array.from(domain === undefined ? login : name);
  if (domain !== undefined) return `${begin(shown, Math.min(2, shown.length - 1))}****@${domain}`;
  return shown.length < 8 ? '****' : `${begin(shown, 3)}****${shown.slice(-2).join('')}`;
}

function begin(characters: readonly string[], length: number): string {
  return characters.slice(0, length).join('');
}

/** The name of a person who is neither the buyer nor us: enough to tell two records apart. */
function maskName(name: string): string {
  return name.includes('*') ? name : `${Array.from(name)[0] ?? ''}****`;
}

/** An account id by which support can compare two records, and nobody can find the buyer. */
export function maskAccountId(id: string): string {
  const characters = Array.from(id);
  return characters.length < 8 ? '****' : `****${characters.slice(-4).join('')}`;
}

// The address may stand inside another text or be form-encoded, as in an echo of the request.
const NOTIFICATION_TOKEN =
  /(\/alipay\/notifications\/|%2Falipay%2Fnotifications%2F)[^/?#&\s"'<>%]+/gi;
const SECRET = /^sign$|(?:^|_)(?:key|secret|password|token)$/i;
const ACCOUNT_ID =
  /^(?:alipay_)?buyer_(?:user_)?id$|^(?:representative|shareholder)_id$|^settlement_no$/i;
const LOGIN =
  /^(?:alipay_)?(?:buyer|seller)_(?:email|login_id|logon_id|account|mobile|phone)$|^notify_mobile$|^contact_(?:no|email)$/i;
const PERSON = /^(?:representative|shareholder)_name$/i;
/** Names and telephone numbers of a taxi's drivers, in one JSON text. */
const PERSONS = /^extend_params$/i;

function maskField(name: string, value: string): string {
  if (SECRET.test(name)) return '[secret]';
  if (ACCOUNT_ID.test(name)) return maskAccountId(value);
  if (LOGIN.test(name)) return maskLogin(value);
  if (PERSON.test(name)) return maskName(value);
  if (PERSONS.test(name)) return '[personal]';
  return maskNotificationTokens(value);
}
