import { type Terminal } from '../../src/commands/run-command';

/** A terminal that remembers what a command has said on it. */
export interface HeardTerminal extends Terminal {
  readonly printed: string[];
  readonly complaints: string[];
}

export function heardTerminal(
  env: Terminal['env'],
  now: Terminal['now'] = () => new Date(),
): HeardTerminal {
  const [printed, complaints]: [string[], string[]] = [[], []];
  const into =
    (lines: string[]) =>
    (line: string): Promise<void> => {
      lines.push(line);
      return Promise.resolve();
    };
  return { env, now, print: into(printed), complain: into(complaints), printed, complaints };
}
