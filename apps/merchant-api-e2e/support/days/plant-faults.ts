import { type Chance, chanceOf } from '../chance';
import { type Counts, createCounts } from '../model/counts';
import { addDays, instantOf } from './calendar';
import { type DayWorld, openDayWorld } from './day-world';
import { filesOf, upload } from './deliver';
import { judgeOpen } from './judge-days';
import { type Complaint, type Plant, PLANTS } from './plants';
import { type PlantElsewhere, PLANTS_ELSEWHERE } from './plants-elsewhere';
import { fileNameOf, type Kind, type StatementFile, writeFile } from './statement-file';

export interface FaultsReport {
  readonly planted: number;
  readonly findings: readonly string[];
  readonly counts: Counts;
}

const FIRST_DAY = '2026-01-05';

/**
 * A day that is in order; then one fault of each kind after the other, each at a line of chance.
 * Exactly what was planted is told, and with Alipay's own file again nothing is left of it.
 */
export async function plantFaults(seed: number, rounds = 1): Promise<FaultsReport> {
  const chance = chanceOf(seed);
  const counts = createCounts();
  const findings: string[] = [];
  const day = addDays(FIRST_DAY, chance.below(4));
  const world = await openDayWorld(instantOf(day, '08:00:00'));
  try {
    await liveWholeDay(world, chance);
    world.setTime(instantOf(addDays(day, 2), '09:31:00'));
    const files = await bringTrueFiles(world, day);
    findings.push(...(await judgeOpen(world)));
    for (let round = 0; round < rounds; round += 1) {
      for (const plant of PLANTS) {
        const found = await plantOne(world, chance, plant, files);
        findings.push(...found.map((what) => `${plant.of}, ${plant.name}: ${what}`));
        counts.happened(plant.name);
      }
      for (const plant of PLANTS_ELSEWHERE) {
        const found = await plantElsewhere(world, chance, plant, files);
        findings.push(...found.map((what) => `${plant.of}, ${plant.name}: ${what}`));
        counts.happened(plant.name);
      }
    }
  } finally {
    await world.close();
  }
  const again = `again: E2E_SEED=${seed}`;
  return {
    planted: rounds * (PLANTS.length + PLANTS_ELSEWHERE.length),
    findings: findings.map((what) => `${what}\n  ${again}`),
    counts,
  };
}

type Files = Readonly<Record<Kind, StatementFile>>;

/** Of every kind of line at least one, in every shop. */
async function liveWholeDay(world: DayWorld, chance: Chance): Promise<void> {
  for (const { qrCode, currency } of world.counters) {
    for (const what of ['nothing', 'nothing', 'refund', 'cancel'] as const) {
      world.setTime(new Date(world.now().getTime() + (1 + chance.below(40)) * 60_000));
      const amount =
        currency === 'JPY' ? `${100 + chance.below(900)}` : `${1 + chance.below(900)}.00`;
      const trade = await world.gateway.pay({ qrcode: qrCode.code, amount });
      await world.mailSent(trade.trade_no);
      await world.readInbox();
      const { id: transactionId } = await world.merchant.transactionOf(trade);
      if (what === 'cancel') await world.merchant.cancel({ transactionId });
      if (what === 'refund') {
        const part = { amount: '1', currency };
        await world.merchant.refund({ transactionId, idempotencyKey: 'k', amount: part });
      }
    }
  }
  await world.turn();
}

async function bringTrueFiles(world: DayWorld, day: string): Promise<Files> {
  const found = [...(await filesOf(world, day)), ...(await filesOf(world, addDays(day, 1)))];
  const file = (kind: Kind): StatementFile => {
    const one = found.find((candidate) => candidate.kind === kind);
    if (one === undefined) throw new Error(`the gateway wrote no ${kind} file`);
    return one;
  };
  const files = { transaction: file('transaction'), settlement: file('settlement') };
  for (const one of Object.values(files)) await upload(world, fileNameOf(one), writeFile(one));
  return files;
}

async function plantOne(
  world: DayWorld,
  chance: Chance,
  plant: Plant,
  files: Files,
): Promise<string[]> {
  const file = files[plant.of];
  const places = file.rows.flatMap((row, place) => (plant.at(row, file) ? [place] : []));
  const place = chance.oneOf(places);
  const row = file.rows[place] ?? {};
  const { bytes, rejected, complaints = [] } = plant.plant(file, place, row);
  const before = await readBooks(world);
  const name = fileNameOf(file);

  const { statement, userErrors } = await upload(world, name, bytes);
  const said = userErrors.map(({ message }) => message).join();
  const seen = await readComplaints(world);
  const afterwards = await readBooks(world);
  await upload(world, name, writeFile(file));
  const inOrder = { complaints: await readComplaints(world), books: await readBooks(world) };

  const keepsBooks = plant.of === 'transaction' || rejected !== undefined;
  return [
    ...difference(
      'the statement is',
      rejected ? 'REJECTED' : 'used',
      statement?.status === 'REJECTED' ? 'REJECTED' : 'used',
    ),
    ...(rejected === undefined || rejected.test(said)
      ? []
      : [`${said} is not ${String(rejected)}`]),
    ...difference('complained of', sorted(complaints), sorted(seen)),
    ...(keepsBooks ? difference('the books', before, afterwards) : []),
    ...difference('with the true file again, complained of', [], inOrder.complaints),
    ...difference('with the true file again, the books', before, inOrder.books),
  ];
}

async function plantElsewhere(
  world: DayWorld,
  chance: Chance,
  { of, plant }: PlantElsewhere,
  files: Files,
): Promise<string[]> {
  const file = files[of];
  const before = await readBooks(world);
  const planted = await plant({ world, chance, file });
  const { fileName, complaints, then = writeFile(file) } = planted;

  await upload(world, fileName, planted.bytes);
  const seen = await readComplaints(world);
  await planted.undo?.();
  await upload(world, fileName, then);
  return [
    ...difference('complained of', sorted(complaints), sorted(seen)),
    ...difference('afterwards, complained of', [], await readComplaints(world)),
    ...difference('afterwards, the books', before, await readBooks(world)),
  ];
}

/** What waits for a person, or for the next file. */
async function readComplaints(world: DayWorld): Promise<Complaint[]> {
  const rows = await world.rows<{ said: Complaint }>(
    `select jsonb_build_array(line_number, kind, status, field, expected, actual) as said
     from discrepancies where status in ('OPEN', 'NOT_YET_DUE')`,
  );
  return rows.map(({ said }) => said);
}

/** All that a file could change. */
async function readBooks(world: DayWorld): Promise<unknown> {
  const [books] = await world.rows<{ payments: unknown; refunds: unknown; events: number }>(
    `select (select jsonb_agg(to_jsonb(t) - 'updated_at' order by id) from transactions t) as payments,
       (select jsonb_agg(to_jsonb(r) order by id) from refunds r) as refunds,
       (select count(*)::int from transaction_events) as events`,
  );
  return books;
}

function sorted(complaints: readonly Complaint[]): string[] {
  return complaints.map((one) => JSON.stringify(one)).sort();
}

function difference(what: string, expected: unknown, seen: unknown): string[] {
  const [wanted, found] = [JSON.stringify(expected), JSON.stringify(seen)];
  return wanted === found ? [] : [`${what} ${shortly(found)} instead of ${shortly(wanted)}`];
}

function shortly(text: string): string {
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
