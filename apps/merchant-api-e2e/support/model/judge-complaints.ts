import type { Complaint, Site } from './site';

/** Never excused by any weather: what the database itself had to refuse, and locks in a ring. */
const NEVER = ['23', '40P01', '42', '22'];

/** Errors that the product logged and that nothing explains. */
export function judgeComplaints(site: Site, complaints: readonly Complaint[]): string[] {
  return complaints
    .filter(({ at, ids }) => {
      const code = codeOf(ids['error']);
      return (
        NEVER.some((kind) => code.startsWith(kind)) ||
        !(
          site.weather.wasRough({ start: at, end: at }, 'gateway') ||
          // One that lay idle may be found broken long after.
          (code === 'ECONNRESET' && site.weather.brokeConnections())
        )
      );
    })
    .map(({ fact, ids }) => `logged: ${fact} ${JSON.stringify(ids, asText)}`.slice(0, 1_200))
    .filter((line) => !isAboutAlipay(line) && !isOverload(line));
}

/** A machine with too much to do makes a pool wait too long; the next turn does what this one did not. */
function isOverload(line: string): boolean {
  return line.includes('timeout exceeded when trying to connect');
}

/** That the gateway does not answer as it should is what was ordered. */
function isAboutAlipay(line: string): boolean {
  return line.startsWith('logged: Alipay does not take our calls');
}

function codeOf(error: unknown): string {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error && error.code;
  return typeof code === 'string' ? code : '';
}

function asText(_name: string, value: unknown): unknown {
  return value instanceof Error ? `${value.message} ${codeOf(value)}` : value;
}
