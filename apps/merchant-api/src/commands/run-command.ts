import { parseArgs, type ParseArgsConfig } from 'node:util';

import { type Environment } from '../config/settings';
import { CommandStopped, reasonOf } from './command-stopped';

/** What a command is run with; what it prints goes out before it goes on. */
export interface Terminal {
  readonly env: Environment;
  readonly now: () => Date;
  readonly print: (line: string) => Promise<void>;
  readonly complain: (line: string) => Promise<void>;
}

type Options = NonNullable<ParseArgsConfig['options']>;

/** One command of the operator's: its options, what it says of itself, and what it does. */
export interface Command<Known extends Options> {
  readonly usage: string;
  readonly options: Known;
  /** Answers the exit code. */
  readonly run: (
    terminal: Terminal,
    given: ReturnType<typeof parseArgs<{ options: Known; strict: true }>>['values'],
  ) => Promise<number>;
}

/** The exit code of a command that could not do what it is there for. */
export const COULD_NOT = 2;

/** Runs a command and answers its exit code: 2 when it could not do its work, and says why. */
export async function runCommand<Known extends Options>(
  { usage, options, run }: Command<Known>,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  if (args.includes('--help')) {
    await terminal.print(usage);
    return 0;
  }
  try {
    return await run(terminal, readArguments(args, options, usage));
  } catch (error) {
    const isExpected = error instanceof CommandStopped;
    await terminal.complain(`${isExpected ? '' : 'It could not be done: '}${reasonOf(error)}`);
    return COULD_NOT;
  }
}

function readArguments<Known extends Options>(
  args: readonly string[],
  options: Known,
  usage: string,
): ReturnType<typeof parseArgs<{ options: Known; strict: true }>>['values'] {
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new CommandStopped(`${reasonOf(error)}\n\n${usage}`);
  }
}
