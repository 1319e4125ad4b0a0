import { type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import {
  BadUserInput,
  type Database,
  exportAmounts,
  exportColumns,
  type ExportRow,
  exportRows,
  type ExportSubject,
  Forbidden,
} from '@countersign/merchant-domain';
import { stringify } from 'csv-stringify/sync';

import { type Door } from '../access/door';
import { readExportFilter } from './export-filter';
import { unauthenticated } from './graphql.route';
import { ALWAYS, graphqlError, json, respond, whenOver } from './respond';

const PATH = /^\/exports\/(transactions|refunds|settlements)\.(csv|jsonl)$/;

export interface ExportsRoute {
  readonly database: Database;
  readonly door: Door;
}

export interface ExportName {
  readonly subject: ExportSubject;
  readonly format: 'csv' | 'jsonl';
}

export function exportNameIn(path: string): ExportName | null {
  const [, subject, format] = PATH.exec(path) ?? [];
  if (subject === undefined || format === undefined) return null;
  return { subject: subject as ExportSubject, format: format as ExportName['format'] };
}

// A proxy would hand on the part that it has: to nginx this is the default towards us.
const ENDS_BY_BREAKING =
  'Fetch an export by HTTP/1.1: an answer by HTTP/1.0 ends as one that broke off does. (nginx: proxy_http_version 1.1)';

/**
 * Everything that a filter finds, as a file, streamed: as slowly as the caller reads, and with as
 * little memory. The filter stands in the address, in the words of GraphQL's `TransactionFilter`.
 */
export async function answerExport(
  { database, door }: ExportsRoute,
  request: IncomingMessage,
  response: ServerResponse,
  { subject, format }: ExportName,
  search: string,
): Promise<void> {
  const session = await door.open(request, {
    kind: 'file',
    end: () => {
      response.destroy();
    },
  });
  if (session === null) {
    respond(request, response, unauthenticated());
    return;
  }
  whenOver(response, session.close);
  if (request.method !== 'GET') {
    respond(request, response, json(405, { error: 'Fetch an export by GET.' }, { allow: 'GET' }));
    return;
  }
  if (request.httpVersion === '1.0') {
    respond(request, response, json(505, { error: ENDS_BY_BREAKING }));
    return;
  }
  let rows: AsyncGenerator<readonly ExportRow[]>;
  let first: IteratorResult<readonly ExportRow[]>;
  try {
    rows = exportRows(database, session.caller, subject, readExportFilter(search));
    first = await rows.next();
  } catch (error) {
    if (error instanceof Forbidden) {
      respond(request, response, graphqlError(403, error.code, error.message));
      return;
    }
    if (!(error instanceof BadUserInput)) throw error;
    respond(request, response, graphqlError(400, error.code, error.message));
    return;
  }

  response.writeHead(200, {
    ...ALWAYS,
    'content-type':
      format === 'csv'
        ? 'text/csv; charset=utf-8; header=present'
        : 'application/x-ndjson; charset=utf-8',
    'content-disposition': `attachment; filename="${subject}.${format}"`,
  });
  // Cut off in the middle, the connection breaks: the caller never takes a part for the whole.
  await pipeline(Readable.from(written(subject, format, first, rows)), response).catch(
    (error: unknown) => {
      if (!response.destroyed) response.destroy();
      if ((error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    },
  );
}

async function* written(
  subject: ExportSubject,
  format: ExportName['format'],
  first: IteratorResult<readonly ExportRow[]>,
  rows: AsyncGenerator<readonly ExportRow[]>,
): AsyncGenerator<string> {
  const columns = exportColumns(subject);
  const amounts = exportAmounts(subject);
  const lines = format === 'csv' ? csv : jsonLines;
  if (format === 'csv')
    yield csv([Object.fromEntries(columns.map((name) => [name, name]))], columns, amounts);
  for (let batch = first; batch.done !== true; batch = await rows.next()) {
    yield lines(batch.value, columns, amounts);
  }
}

/**
 * A value that a spreadsheet would take for a formula is written as the text that it is; an amount below
 * zero is none, and as text would be left out of a sum.
 */
function csv(
  rows: readonly ExportRow[],
  columns: readonly string[],
  amounts: readonly string[],
): string {
  return stringify([...rows], {
    columns: [...columns],
    escape_formulas: true,
    cast: {
      string: (value, { column }) =>
        value.startsWith('-') && amounts.includes(String(column))
          ? { value, escape_formulas: false }
          : value,
    },
    record_delimiter: 'windows',
  });
}

function jsonLines(rows: readonly ExportRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
