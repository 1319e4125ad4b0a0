import { join } from 'node:path';

import { type StreamsOptions } from './command-line-scale';
import { type PutUp } from './put-up';
import { type Program, startProgram } from './start-program';

/** What the parts of the benchmark of streams share. */
export interface StreamStage {
  readonly options: StreamsOptions;
  readonly open: PutUp;
  readonly folder: string;
  /** The base64 ids of stores, each with a code that Alipay notifies. */
  readonly storeIds: readonly string[];
  /** A payment at the first store, made by a process that is not measured. */
  readonly pay: () => Promise<void>;
  readonly startApi: (name: string) => Promise<Program>;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

export function startReceivers(folder: string): Promise<Program> {
  return startProgram(require.resolve('./receivers.js'), {
    logFile: join(folder, 'receivers.log'),
    env: {},
  });
}
