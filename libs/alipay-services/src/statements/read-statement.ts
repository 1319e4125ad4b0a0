import { createLineSplitter, type TextLine } from './split-lines';
import { StatementUnreadable } from './statement-error';

/** What a kind of file makes of its lines. */
export interface StatementReader<Line, Result> {
  /** Undefined for a line that is no row. `isLast`: nothing follows it, not even a line end. */
  line(line: TextLine, isLast: boolean): Line | undefined;
  end(lineNumber: number): Result;
}

/** Streams a file through a reader: a chunk's lines at a time, so that memory does not grow with it. */
export async function* readStatement<Line, Result>(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  reader: StatementReader<Line, Result>,
  { charset }: { readonly charset?: 'UTF-8' | 'GBK' },
): AsyncGenerator<Line[], Result> {
  const splitter = createLineSplitter(charset);
  let lineNumber = 0;
  let textLines = 0;
  const read = (lines: readonly TextLine[], isLast: boolean): Line[] => {
    const rows: Line[] = [];
    for (const line of lines) {
      lineNumber = line.lineNumber;
      if (line.text.trim() === '') continue;
      textLines += 1;
      const row = reader.line(line, isLast);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  };

  for await (const chunk of chunks) {
    const rows = read(splitter.push(chunk), false);
    if (rows.length > 0) yield rows;
  }
  const rows = read(splitter.end(), true);
  if (rows.length > 0) yield rows;
  // Not a byte is a result; blanks alone Alipay has not written.
  if (textLines === 0 && lineNumber > 0) {
    throw new StatementUnreadable('FOREIGN', 0, 'the file holds nothing but blanks');
  }
  return reader.end(lineNumber);
}
