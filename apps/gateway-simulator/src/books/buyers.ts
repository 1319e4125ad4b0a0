import { createHash } from 'node:crypto';
import type { Buyer, Wallet } from './records';

const USUAL_LOGIN: Record<Wallet, string> = {
  ALIPAYHK: '852-51234588',
  ALIPAYCN: '13600005804',
  ALIPAYPLUS: 'traveller@example.com',
};

/** Who pays: a 16-digit Alipay user id and a login. The same name is the same person each time. */
export function buyerOf(wallet: Wallet, name: string | undefined): Buyer {
  const login = name ?? USUAL_LOGIN[wallet];
  const isUserId = /^2(?:088|160)\d{12}$/.test(login);
  return {
    id: isUserId ? login : userId(login),
    login: isUserId ? maskedLogin(USUAL_LOGIN[wallet]) : maskedLogin(login),
  };
}

function userId(login: string): string {
  const number = createHash('sha256').update(login).digest().readUIntBE(0, 5) % 1_000_000_000_000;
  return `2088${String(number).padStart(12, '0')}`;
}

/** Alipay's ways of masking: `852-51****88`, `136****5804`, `tra***@example.com`. */
export function maskedLogin(login: string): string {
  if (login.includes('*')) return login;
  const at = login.indexOf('@');
  if (at > 0) return `${login.slice(0, Math.min(3, at))}***${login.slice(at)}`;
  const phone = /^(?<area>\d{1,4}-)?(?<number>\d{6,})$/.exec(login)?.groups;
  if (!phone) return `${login.slice(0, 1)}***`;
  const number = phone.number ?? '';
  const shown = phone.area ? 2 : 3;
  return `${phone.area ?? ''}${number.slice(0, shown)}****${number.slice(phone.area ? -2 : -4)}`;
}
