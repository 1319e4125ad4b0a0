/** Hosts as people list them: with or without a port, which does not count. */
export function readHosts(hosts: readonly string[]): string[] {
  return hosts.map((host) => host.toLowerCase().replace(/:\d+$/, ''));
}

/** Whether a gateway is one of the demo: on this machine, or named as trusted. */
export function isTrustedHost(url: string, trustedHosts: readonly string[]): boolean {
  if (!URL.canParse(url)) return true; // It is told of as no URL; more would be noise.
  const { hostname } = new URL(url);
  return isLoopbackName(hostname) || trustedHosts.includes(hostname.toLowerCase());
}

/** Whether a URL leads back to this machine. */
export function isAtLoopback(url: string): boolean {
  return isLoopbackName(new URL(url).hostname);
}

export function isLoopbackName(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Addresses of sockets, which may carry IPv4 within IPv6. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address === '::1' || /^(?:::ffff:)?127(?:\.\d{1,3}){3}$/.test(address ?? '');
}
