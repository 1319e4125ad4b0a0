import { type DomainLog } from '@countersign/merchant-domain';

export interface TestLog extends DomainLog {
  readonly lines: readonly {
    readonly level: 'info' | 'warn' | 'error';
    readonly fact: string;
    readonly ids: Record<string, unknown>;
  }[];
  errors(): unknown[];
}

/** Keeps what is logged; `printed` is where it also goes, as the product prints it. */
export function createTestLog(printed?: DomainLog): TestLog {
  const lines: TestLog['lines'][number][] = [];
  const write =
    (level: 'info' | 'warn' | 'error') =>
    (fact: string, ids: Record<string, unknown> = {}): void => {
      lines.push({ level, fact, ids });
      printed?.[level](fact, ids);
    };
  return {
    lines,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    errors: () => lines.filter(({ level }) => level === 'error'),
  };
}
