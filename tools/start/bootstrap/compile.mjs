// `tsc`, by the compiler that this machine has. The native one needs a program for the platform, which
// an installation without optional packages lacks; the other one is slower, and writes the same code.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const compiler = hasNativeProgram() ? 'typescript-native' : 'typescript';
const bin = fileURLToPath(new URL(`../../../node_modules/${compiler}/bin/tsc`, import.meta.url));
const { status, error } = spawnSync(process.execPath, [bin, ...process.argv.slice(2)], {
  stdio: 'inherit',
});
if (error) throw error;
process.exitCode = status ?? 1;

function hasNativeProgram() {
  const program = `@typescript/typescript-${process.platform}-${process.arch}`;
  try {
    createRequire(import.meta.url).resolve(`${program}/package.json`);
    return true;
  } catch {
    return false;
  }
}
