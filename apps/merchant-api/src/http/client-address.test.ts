import { BlockList } from 'node:net';

import { createAddressOf, neighbourhoodOf, type TrustedProxies } from './client-address';

const networks = new BlockList();
networks.addSubnet('10.0.0.0', 8, 'ipv4');
networks.addSubnet('fd00::', 8, 'ipv6');

function addressOf(proxies: TrustedProxies, remoteAddress: string, forwarded?: string): string {
  const headers = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return createAddressOf(proxies)({ socket: { remoteAddress }, headers });
}

test.each<[string, TrustedProxies, string, string | undefined, string]>([
  ['nobody is trusted', { hops: 0 }, '198.51.100.1', '203.0.113.9', '198.51.100.1'],
  ['IPv4 within IPv6', { hops: 0 }, '::ffff:198.51.100.1', undefined, '198.51.100.1'],
  ['one proxy', { hops: 1 }, '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  [
    'one proxy, and what the client made up',
    { hops: 1 },
    '10.0.0.1',
    '1.1.1.1, 203.0.113.9',
    '203.0.113.9',
  ],
  ['two proxies', { hops: 2 }, '10.0.0.1', '1.1.1.1, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
  ['more proxies than there are', { hops: 3 }, '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['a proxy that says nothing', { hops: 1 }, '10.0.0.1', undefined, '10.0.0.1'],
  ['a proxy that says nonsense', { hops: 1 }, '10.0.0.1', 'unknown', '10.0.0.1'],
  ['nonsense of the client', { hops: 2 }, '10.0.0.1', 'x, 203.0.113.9', '203.0.113.9'],
  ['with a port', { hops: 1 }, '10.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
  ['IPv6 with a port', { hops: 1 }, '10.0.0.1', '[2001:db8::1]:4711', '2001:db8::1'],
  ['a trusted network', { networks }, '10.0.0.1', '203.0.113.9', '203.0.113.9'],
  [
    'two of a trusted network',
    { networks },
    '10.0.0.1',
    '1.1.1.1, 203.0.113.9, 10.9.9.9',
    '203.0.113.9',
  ],
  [
    'a stranger who says that he is one',
    { networks },
    '198.51.100.1',
    '203.0.113.9',
    '198.51.100.1',
  ],
  [
    'a client who writes a trusted address',
    { networks },
    '10.0.0.1',
    '10.1.1.1, 203.0.113.9',
    '203.0.113.9',
  ],
  ['a trusted network of IPv6', { networks }, 'fd00::1', '2001:db8::9', '2001:db8::9'],
  [
    'IPv4 within IPv6 of a trusted network',
    { networks },
    '::ffff:10.0.0.1',
    '203.0.113.9',
    '203.0.113.9',
  ],
  ['a socket that is gone', { hops: 1 }, '', '203.0.113.9', ''],
])('%s', (_, proxies, remote, forwarded, expected) => {
  expect(addressOf(proxies, remote, forwarded)).toBe(expected);
});

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['', ''],
])('%s lives in %s', (address, expected) => {
  expect(neighbourhoodOf(address)).toBe(expected);
});
