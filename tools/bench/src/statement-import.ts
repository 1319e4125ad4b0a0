import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';

import { importStatement, openDatabase, ownerCaller } from '@countersign/merchant-domain';

import { FILE_NAME } from './statement-day';
import { PARTNER_ID } from './subject';
import { tellWhatItTook } from './work-in-process';

// The product imports one file: a program of its own, so that the memory is that of nothing else.

tellWhatItTook(async () => {
  const { DATABASE_URL = '', FILE = '' } = process.env;
  const database = await openDatabase({ url: DATABASE_URL, connectionsMax: 2 });
  return {
    close: () => database.close(),
    work: async () => {
      const books = {
        database,
        alipay: { partnerId: PARTNER_ID },
        now: () => new Date(),
        newId: randomUUID,
      };
      const result = await importStatement(books, {
        caller: ownerCaller('bench'),
        fileName: FILE_NAME,
        content: createReadStream(FILE),
      });
      if ('refusal' in result) throw new Error(result.message);
      const { lineCount, matchedCount, status } = result.statement;
      return { lineCount, matchedCount, status };
    },
  };
});
