import { checkSums, type Disagreement, type DisagreementKind } from '@countersign/merchant-domain';
import { Client } from 'pg';

import { endWorlds, runningWorlds } from './world';

export interface SumsToAgree {
  /** The time of the API whose books these are; the real one by default. */
  readonly now?: () => Date;
  /** What this test has brought about itself, such as a record of a call that was cut off. */
  readonly except?: readonly DisagreementKind[];
  /** What this test knows a reason for. */
  readonly isExplained?: (one: Disagreement) => boolean;
  /** How long the last answers may take to reach the books. */
  readonly withinMs?: number;
}

/**
 * Compares the books with every message and call on record, and fails with what disagrees. An
 * answer is recorded before it is settled, so that what is being settled may take a moment.
 */
export async function expectSumsAgree(
  databaseUrl: string,
  {
    now = () => new Date(),
    except = [],
    isExplained = () => false,
    withinMs = 10_000,
  }: SumsToAgree = {},
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const until = Date.now() + withinMs;
    for (let pauseMs = 20; ; pauseMs = Math.min(2 * pauseMs, 320)) {
      const found = await disagreements(
        client,
        now(),
        (one) => except.includes(one.kind) || isExplained(one),
      );
      if (found.length === 0) return;
      if (Date.now() > until) throw new Error(`The sums do not agree:\n${found.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  } finally {
    await client.end();
  }
}

/** For after each test of a journey: in every world that it started the sums agree; then they end. */
export async function endWorldsInAgreement(): Promise<void> {
  try {
    for (const { databaseUrl } of runningWorlds()) await expectSumsAgree(databaseUrl);
  } finally {
    await endWorlds();
  }
}

async function disagreements(
  client: Client,
  now: Date,
  isExpected: (one: Disagreement) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for await (const one of checkSums(client, { now, graceMs: 0 })) {
    if (one.weight !== 'OPEN' && !isExpected(one)) found.push(inOneLine(one));
  }
  return found;
}

function inOneLine({ kind, record, id, field, books, evidence }: Disagreement): string {
  return `${kind} ${record} ${id} ${field}: books ${books ?? 'nothing'}, evidence ${evidence ?? 'none'}`;
}
