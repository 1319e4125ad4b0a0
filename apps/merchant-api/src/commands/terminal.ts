import { type Environment } from '../config/settings';
import { COULD_NOT, type Terminal } from './run-command';

/** The terminal, or the pipe, of this process. */
export function terminalOf({ stdout, stderr, env }: NodeJS.Process): Terminal {
  // Whoever reads us may be gone: then there is nobody to go on for.
  stdout.on('error', () => process.exit(COULD_NOT));
  stderr.on('error', () => process.exit(COULD_NOT));
  return {
    env: env satisfies Environment,
    now: () => new Date(),
    print: (line) => write(stdout, line),
    complain: (line) => write(stderr, line),
  };
}

function write(stream: NodeJS.WriteStream, line: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(`${line}\n`, () => {
      resolve();
    });
  });
}
