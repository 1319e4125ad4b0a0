import { catchUpStatements, importStatement, ownerCaller } from '@countersign/merchant-domain';

import type { Operation } from '../graphql-client';
import { PARTNER_ID, TOKEN } from '../keys';
import type { DayWorld } from './day-world';
import type { Scene } from './deeds';
import { type BookedLater, bookLater, writeHarmlessly } from './harmless';
import {
  fileNameOf,
  type Kind,
  readFile,
  type Row,
  type StatementFile,
  TRANSACTION_NAMES,
} from './statement-file';

/** What has come of the files so far. */
export interface Post {
  /** Days whose files nobody has fetched yet. */
  waiting: string[];
  /** Lines that the next transaction file brings. */
  later: readonly Row[];
  /** Days whose files were written before they were over, and will be written anew. */
  readonly early: Set<string>;
}

export function createPost(): Post {
  return { waiting: [], later: [], early: new Set() };
}

/** The gateway's files of a day, none where there was nothing to tell. */
export async function filesOf(world: DayWorld, day: string): Promise<StatementFile[]> {
  const { files } = await world.gateway.call<{ files: { name: string; text: string }[] }>(
    'POST /statements',
    { date: day },
  );
  return files.map(({ name, text }) => {
    const kind: Kind = name.includes('_transaction_') ? 'transaction' : 'settlement';
    return readFile(kind, day, text);
  });
}

/** In the morning: yesterday's files reach the product, in one of many ways, or wait. */
export async function deliver(scene: Scene, post: Post, yesterday: string): Promise<void> {
  const { world, chance, ledger } = scene;
  post.waiting.push(yesterday);
  const isLong = post.waiting.length > 4;
  const how = chance.oneOf([
    'by hand',
    'by hand',
    'by hand',
    'by hand',
    'left',
    'fetched',
    'caught up',
  ] as const);
  if (how === 'left' && !isLong) {
    ledger.counts.happened('files left for another day');
    return;
  }
  const days = post.waiting.splice(0);
  const anew = days.filter((day) => post.early.delete(day));
  for (const day of anew) await filesOf(world, day);
  if (how === 'fetched' && post.later.length === 0) {
    for (const day of days) await reconcile(world, day);
  } else if (how === 'caught up' && post.later.length === 0) {
    await catchUp(world);
  } else {
    for (const day of days) await bringByHand(scene, post, day, anew.includes(day) ? asItIs : book);
  }
  ledger.counts.happened(`files ${how}`, days.length);
}

/** Alipay writes a day's files too early, and they are fetched; the whole ones bear the same names. */
export async function deliverEarly(
  { world, ledger }: Scene,
  post: Post,
  today: string,
): Promise<void> {
  if (post.later.length > 0) return;
  await filesOf(world, today);
  post.early.add(today);
  await catchUp(world);
  ledger.counts.happened('files written too early');
}

/** Nothing stays with the post, and nothing is booked later any more. */
export async function deliverAll(scene: Scene, post: Post): Promise<void> {
  for (const day of post.waiting.splice(0)) await bringByHand(scene, post, day, asItIs);
}

type Book = (scene: Scene, post: Post, file: StatementFile) => BookedLater;

const book: Book = ({ chance }, { later }, file) => bookLater(chance, file, later);

/**
 * No line of it comes a day later: the server may have a newer file of the same name by then, and
 * whoever fetched that too would rightly be told of the line twice.
 */
const asItIs: Book = (_scene, { later }, file) => ({
  file: { ...file, rows: [...later, ...file.rows] },
  later: [],
});

async function catchUp({ domain, statementFiles }: DayWorld): Promise<void> {
  await catchUpStatements({ ...domain, statementFiles });
}

async function bringByHand(scene: Scene, post: Post, day: string, bookIn: Book): Promise<void> {
  const { world, chance, ledger } = scene;
  const files = await filesOf(world, day);
  if (post.later.length > 0 && files.every(({ kind }) => kind !== 'transaction')) {
    files.push(emptyFile(day));
  }
  if (chance.below(2) === 0) files.reverse(); // the settlement before what it settles
  const contents = files.map((file): readonly [string, Buffer] => {
    if (file.kind === 'settlement') return [fileNameOf(file), writeHarmlessly(chance, file)];
    const booked = bookIn(scene, post, file);
    post.later = booked.later;
    if (booked.later.length > 0)
      ledger.counts.happened('lines booked a day later', booked.later.length);
    return [fileNameOf(booked.file), writeHarmlessly(chance, booked.file)];
  });
  const how = chance.oneOf([
    'one by one',
    'one by one',
    'at once',
    'each twice',
    'cut off',
  ] as const);
  ledger.counts.happened(`brought ${how}`, contents.length);
  if (how === 'at once') {
    await Promise.all(contents.map(([name, bytes]) => upload(world, name, bytes)));
    return;
  }
  for (const [name, bytes] of contents) {
    if (how === 'cut off') await uploadCutOff(scene, name, bytes);
    if (how === 'each twice') {
      await Promise.all([upload(world, name, bytes), importHere(world, name, bytes)]);
    } else await upload(world, name, bytes);
  }
}

/** The database goes away in the middle; whoever brought the file brings it again. */
async function uploadCutOff(
  { world, chance, ledger }: Scene,
  name: string,
  bytes: Buffer,
): Promise<void> {
  const brought = upload(world, name, bytes).then(
    () => 'whole',
    () => 'cut off',
  );
  await new Promise((resolve) => setTimeout(resolve, chance.below(25)));
  world.databasePipe.setOpen(false);
  world.databasePipe.setOpen(true);
  ledger.counts.happened(`import ${await brought}`);
}

export interface Uploaded {
  readonly statement: { readonly status: string; readonly rejection?: string | null } | null;
  readonly userErrors: readonly { readonly code: string; readonly message: string }[];
}

export async function upload({ apiUrl }: DayWorld, name: string, bytes: Buffer): Promise<Uploaded> {
  const response = await fetch(`${apiUrl}/statements/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body: new Uint8Array(bytes),
  });
  if (response.status !== 200 && response.status !== 422) {
    throw new Error(`${name} was answered ${response.status}: ${await response.text()}`);
  }
  return (await response.json()) as Uploaded;
}

async function importHere({ domain }: DayWorld, fileName: string, bytes: Buffer): Promise<void> {
  await importStatement(domain, { caller: ownerCaller('a script'), fileName, content: [bytes] });
}

const RECONCILE: Operation<{
  reconcileDay: { readonly userErrors: readonly { readonly code: string }[] };
}> = {
  text: `mutation ($input: ReconcileDayInput!) { reconcileDay(input: $input) {
    statements { kind status } userErrors { code message } } }`,
};

async function reconcile({ graphql }: DayWorld, date: string): Promise<void> {
  const { reconcileDay } = await graphql(RECONCILE, { input: { date } });
  const [error] = reconcileDay.userErrors;
  // A day on which nothing happened has no file.
  if (error !== undefined && error.code !== 'NOT_FOUND') throw new Error(JSON.stringify(error));
}

function emptyFile(day: string): StatementFile {
  return { kind: 'transaction', day, partner: PARTNER_ID, names: TRANSACTION_NAMES, rows: [] };
}
