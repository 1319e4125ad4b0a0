import { type IncomingMessage } from 'node:http';
import { type BlockList, isIP, isIPv4 } from 'node:net';

/** Which proxies in front of us are believed about who asked them. None, unless it is configured. */
export type TrustedProxies =
  | { readonly hops: number }
  /** Those whose own address lies in these networks. */
  | { readonly networks: BlockList };

/** As much of a request as says where it comes from. */
export interface Sent {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: IncomingMessage['headers'];
}

export type AddressOf = (request: Sent) => string;

/**
 * Who asks, as an address. `X-Forwarded-For` grows from left to right, and everything left of what a
 * trusted proxy has added may be made up: it is read from the right, and only as far as we trust.
 */
export function createAddressOf(proxies: TrustedProxies): AddressOf {
  const isTrusted = (address: string, index: number): boolean =>
    'hops' in proxies
      ? index < proxies.hops
      : proxies.networks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');

  return ({ socket, headers }) => {
    let address = plain(socket.remoteAddress ?? '');
    if (!isForwarded(proxies)) return address;
    const forwarded = String(headers['x-forwarded-for'] ?? '')
      .split(',')
      .reverse()
      .map(plain);
    for (const [index, before] of forwarded.entries()) {
      if (isIP(before) === 0 || isIP(address) === 0 || !isTrusted(address, index)) break;
      address = before;
    }
    return address;
  };
}

/** One household, shop or server: with IPv6 each has a whole /64 of addresses for itself. */
export function neighbourhoodOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.split('::');
  const left = head.split(':').filter((group) => group !== '');
  const right = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}

function isForwarded(proxies: TrustedProxies): boolean {
  return !('hops' in proxies) || proxies.hops > 0;
}

/** Without port, brackets and zone; IPv4 within IPv6 is IPv4. */
function plain(text: string): string {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](?::\d+)?$/, '$1')
    .replace(/^(\d{1,3}(?:\.\d{1,3}){3}):\d+$/, '$1')
    .replace(/%.*$/, '');
  return bare.replace(/^::ffff:(?=\d{1,3}\.)/i, '').toLowerCase();
}
