import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openDatabase } from '@countersign/merchant-domain';
import { createDatabase, startThrowawayPostgres } from '@countersign/postgres';

import { askBackToBack, askOnce, type Operation, type Side } from './ask-operations';
import { type OperationsOptions } from './command-line-operations';
import { cpuMsOf, cpuMsOfFamily } from './cpu-time';
import { describeMachine, type Machine } from './describe-machine';
import { makeKeys } from './make-keys';
import { DURABLE } from './measure-notifications';
import { puttingUp } from './put-up';
import { historyOf, seedHistory } from './seed-history';
import { type Program, startProgram } from './start-program';
import { percentile } from './statistics';
import { startApiProgram, TOKEN } from './subject';

export interface OperationRound {
  readonly answersPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** For one answer, in µs; null where the system does not say. */
  readonly nodeCpuUs: number | null;
  readonly postgresCpuUs: number | null;
}

export type SideName = 'stock' | 'stockAgain' | 'product';

export interface OperationsResult {
  readonly options: OperationsOptions;
  readonly machine: Machine;
  /** Of each operation, the rounds of each side. */
  readonly operations: Readonly<
    Record<OperationName, Readonly<Record<SideName, readonly OperationRound[]>>>
  >;
}

export type OperationName = 'list' | 'mutation' | 'nothing';

const STORES = 20;
const WARM_UP_SECONDS_MAX = 5;

const FIELDS = `id alipayTransId partnerTransId status alipayStatus saleReference buyerLogin paidAt createdAt updatedAt`;
const LIST: Operation = {
  query: `query Page($first: Int!) {
    transactions(first: $first) { nodes { ${FIELDS} store { id name } } pageInfo { hasNextPage } }
  }`,
  variables: { first: 50 },
};
/** What a request costs before anything is asked for. */
const NOTHING: Operation = { query: '{ __typename }', variables: {} };
const MAKE_KEY = `mutation { createApiKey(input: { name: "bench", role: OWNER }) { secret } }`;
const CLAIM = `mutation Claim($input: ClaimTransactionInput!) {
  claimTransaction(input: $input) { transaction { id saleReference } userErrors { code } }
}`;

/** The product beside a stock server on the same books, one side after the other in each round. */
export async function measureOperations(
  options: OperationsOptions,
  { signal, tell }: { readonly signal: AbortSignal; readonly tell: (line: string) => void },
): Promise<OperationsResult> {
  return puttingUp(async (open) => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
    await open({
      close: () => {
        rmSync(folder, { recursive: true });
      },
    });
    tell('starting PostgreSQL, the stock server and the API …');
    const server = await open(startThrowawayPostgres(DURABLE));
    const machine = await describeMachine(server.url);
    const databaseUrl = await createDatabase(server.url, 'operations');
    await (await openDatabase({ url: databaseUrl, migrate: true })).close();
    await seedHistory(databaseUrl, historyOf(options.transactions, STORES), { signal, tell });
    const stock = await open(
      startProgram(require.resolve('./stock-server.js'), {
        logFile: join(folder, 'stock.log'),
        env: { DATABASE_URL: databaseUrl },
      }),
    );
    const api = await open(
      startApiProgram(
        { keys: makeKeys('RSA2'), folder, logLevel: 'info' },
        { role: 'api', gatewayUrl: 'http://127.0.0.1:9/gateway.do', databaseUrl },
      ),
    );
    const { pid, url } = stock;
    const stockSide: Side = { pid, url, authorization: `Bearer ${TOKEN}` };
    const sides = { stock: stockSide, product: await withKey(api), stockAgain: stockSide };
    const how = { ...options, postgresPid: server.pid, signal, tell };
    const operations = {
      list: await interleaveSides('list', sides, () => Promise.resolve(LIST), how),
      mutation: await interleaveSides('mutation', sides, claimOf, how),
      nothing: await interleaveSides('nothing', sides, () => Promise.resolve(NOTHING), how),
    };
    return { options, machine, operations };
  });
}

/** With an owner's key, as a program would have it: the product looks at who asks. */
async function withKey(api: Program): Promise<Side> {
  const { pid, url } = api;
  const data = await askOnce(
    { pid, url, authorization: `Bearer ${TOKEN}` },
    { query: MAKE_KEY, variables: {} },
  );
  const { secret } = data['createApiKey'] as { readonly secret: string };
  return { pid, url, authorization: `Bearer ${secret}` };
}

/** A payment that is claimed, claimed by the same sale again: read, locked, nothing to write. */
async function claimOf(side: Side): Promise<Operation> {
  const data = await askOnce(side, LIST);
  const { nodes } = data['transactions'] as {
    nodes: readonly { readonly id: string; readonly saleReference: string | null }[];
  };
  const claimed = nodes.find(({ saleReference }) => saleReference !== null);
  if (claimed === undefined) throw new Error('None of the newest payments is claimed.');
  const { id: transactionId, saleReference } = claimed;
  return { query: CLAIM, variables: { input: { transactionId, saleReference } } };
}

interface Interleaving {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly postgresPid: number;
  readonly signal: AbortSignal;
  readonly tell: (line: string) => void;
}

/** Stock, product, stock again, in each round: what disturbs the machine disturbs all alike. */
async function interleaveSides(
  title: OperationName,
  sides: Readonly<Record<SideName, Side>>,
  operationOf: (side: Side) => Promise<Operation>,
  how: Interleaving,
): Promise<Record<SideName, OperationRound[]>> {
  const results: Record<SideName, OperationRound[]> = { stock: [], product: [], stockAgain: [] };
  const names = Object.keys(results) as SideName[];
  const operations = {
    stock: await operationOf(sides.stock),
    product: await operationOf(sides.product),
    stockAgain: await operationOf(sides.stockAgain),
  };
  how.tell(`${title}: warming up …`);
  for (const name of names) {
    await askBackToBack(sides[name], operations[name], { ...how, seconds: warmUpSeconds(how) });
  }
  for (let round = 1; round <= how.rounds; round += 1) {
    how.tell(`${title}: round ${round} of ${how.rounds} …`);
    for (const name of names) {
      results[name].push(await runSide(sides[name], operations[name], how));
      how.signal.throwIfAborted();
    }
  }
  return results;
}

/** Until V8 has compiled what is measured; a trial run need not wait for it. */
function warmUpSeconds({ seconds }: Interleaving): number {
  return Math.min(seconds, WARM_UP_SECONDS_MAX);
}

async function runSide(
  side: Side,
  operation: Operation,
  how: Interleaving,
): Promise<OperationRound> {
  const before = { node: cpuMsOf(side.pid), postgres: cpuMsOfFamily(how.postgresPid) };
  const { answers, seconds, latenciesMs } = await askBackToBack(side, operation, how);
  return {
    answersPerSecond: answers / seconds,
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    nodeCpuUs: perAnswer(cpuMsOf(side.pid), before.node, answers),
    postgresCpuUs: perAnswer(cpuMsOfFamily(how.postgresPid), before.postgres, answers),
  };
}

function perAnswer(
  afterMs: number | null,
  beforeMs: number | null,
  answers: number,
): number | null {
  if (afterMs === null || beforeMs === null || answers === 0) return null;
  return ((afterMs - beforeMs) * 1_000) / answers;
}
