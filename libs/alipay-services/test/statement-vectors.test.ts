import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { readSettlementStatement, readTransactionStatement } from '../src/index';

interface StatementVector {
  readonly name: string;
  readonly kind: 'transaction' | 'settlement';
  readonly base64: string;
  readonly means?: {
    readonly header?: object;
    readonly lines: readonly object[];
    readonly totals?: object;
  };
  readonly refused?: {
    readonly fault: string;
    readonly lineNumber: number;
    readonly column: string | null;
  };
}

const folder = join(__dirname, '..', 'vectors');
const { vectors } = JSON.parse(readFileSync(join(folder, 'statements.json'), 'utf8')) as {
  vectors: StatementVector[];
};
const bytesOf = ({ base64 }: StatementVector) => [Buffer.from(base64, 'base64')];

/** As JSON has it: bigints as text, times as ISO 8601. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_name, held: unknown) => {
      if (held instanceof Map) return Object.fromEntries(held) as object;
      return typeof held === 'bigint' ? `${held}` : held;
    }),
  );

async function drain<Line, Result>(
  reading: AsyncGenerator<Line[], Result>,
): Promise<{ lines: Line[]; result: Result }> {
  const lines: Line[] = [];
  for (;;) {
    const step = await reading.next();
    if (step.done === true) return { lines, result: step.value };
    lines.push(...step.value);
  }
}

async function read(vector: StatementVector): Promise<unknown> {
  if (vector.kind === 'transaction') {
    const { lines, result } = await drain(readTransactionStatement(bytesOf(vector)));
    return plain({ header: result, lines });
  }
  const { lines, result } = await drain(readSettlementStatement(bytesOf(vector)));
  return plain({ lines, totals: result.byCurrency });
}

test('every layout, both charsets and damage of every kind are there', () => {
  expect(vectors.filter(({ means }) => means !== undefined)).toHaveLength(12);
  expect(new Set(vectors.flatMap(({ refused }) => refused?.fault ?? []))).toEqual(
    new Set(['TRUNCATED', 'INVALID', 'MANGLED', 'FOREIGN', 'MIS_ENCODED']),
  );
});

test.each(vectors.filter(({ means }) => means !== undefined))(
  '$kind file, $name: what it means',
  async (vector) => {
    expect(await read(vector)).toEqual(vector.means);
  },
);

test.each(vectors.filter(({ refused }) => refused !== undefined))(
  '$kind file, $name: refused at its place',
  async (vector) => {
    const { fault, lineNumber, column } = vector.refused ?? {};

    await expect(read(vector)).rejects.toMatchObject({
      code: 'ALIPAY_STATEMENT_UNREADABLE',
      fault,
      lineNumber,
      column: column ?? undefined,
    });
  },
);

const hasIconv = spawnSync('iconv', ['--version']).error === undefined;

(hasIconv ? test : test.skip)('iconv writes the same files', () => {
  const { stdout } = spawnSync(process.execPath, [join(folder, 'make-vectors.mjs'), '--check'], {
    encoding: 'utf8',
  });

  expect(stdout).toBe('iconv writes the same files\n');
});
