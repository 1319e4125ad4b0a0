import { uuidv7 } from 'uuidv7';

import { type Instance, type InstanceOptions, startInstance } from './instance';

export type Setup = Omit<InstanceOptions, 'log' | 'clock'>;

/** What this program is told to do. */
export interface Deed {
  readonly start?: Setup;
  readonly aheadMs?: number;
  readonly reaches?: boolean;
  readonly work?: 'turn' | 'readInbox' | 'stop';
  readonly severMs?: number;
}

/** What it says: how a deed ended, or what it complains about. */
export interface Done {
  readonly to: number;
  readonly port?: number;
  readonly trouble?: string;
  readonly complaint?: { readonly fact: string; readonly ids: Record<string, unknown> };
}

let aheadMs = 0;
let instance: Instance | undefined;

process.on('message', (deed: Deed & { readonly to: number }) => {
  aheadMs = deed.aheadMs ?? aheadMs;
  if (deed.reaches !== undefined) instance?.reachGateway(deed.reaches);
  if (deed.to !== 0) void answer(deed);
});
process.on('disconnect', () => process.exit(1)); // the test is gone

async function answer(deed: Deed & { readonly to: number }): Promise<void> {
  const { to } = deed;
  try {
    say({ to, ...(await carryOut(deed)) });
  } catch (error) {
    say({ to, trouble: String(error) });
  }
}

async function carryOut({ start, work, severMs }: Deed): Promise<{ port?: number }> {
  if (start !== undefined) {
    const clock = { now: () => new Date(Date.now() + aheadMs), newId: uuidv7 };
    instance = await startInstance({ ...start, clock, log: LOG });
    return { port: instance.port };
  }
  if (severMs !== undefined) await instance?.sever(severMs);
  if (work !== undefined) await instance?.[work]();
  return {};
}

const LOG = {
  info: () => undefined,
  warn: () => undefined,
  error: (fact: string, ids: Record<string, unknown> = {}) => {
    say({
      to: 0,
      complaint: { fact, ids: JSON.parse(JSON.stringify(ids, asPlain)) as typeof ids },
    });
  },
};

/** An error does not travel by itself; its code is what is judged. */
function asPlain(_name: string, value: unknown): unknown {
  return value instanceof Error
    ? { message: value.message, ...('code' in value ? { code: value.code } : {}) }
    : value;
}

function say(done: Done): void {
  process.send?.(done);
}
