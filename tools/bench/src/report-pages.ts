import { alignedRows } from './aligned-rows';
import { type PageReading, type PagesResult } from './measure-pages';

/** P12: of the first list, at the large size. */
const GOAL_BUFFERS = 64;
const GOAL_RATIO = 2;

export function reportPages({ options, machine, sizes, pages }: PagesResult): string {
  const [small, large] = sizes.map((size) => size.toLocaleString('en'));
  const goal = pages.filter(({ list }) => list === pages[0]?.list);
  const buffers = Math.max(...goal.map(({ at }) => at[1].buffers ?? Infinity));
  const ratio = Math.max(...goal.map(({ at }) => at[1].p50Ms / at[0].p50Ms));
  return [
    `${machine.at.slice(0, 16)}Z, ${machine.cores} cores (${machine.cpu}), Node ${machine.node}, ` +
      `PostgreSQL ${machine.postgres}, load before ${machine.loadBefore.toFixed(1)}`,
    `Pages of 50 among ${small ?? ''} and ${large ?? ''} payments of ${options.stores} stores, in turn; ` +
      `buffers of 8 kB, p50 of ${options.rounds} rounds by the product’s own statements`,
    '',
    ...alignedRows([
      ['list', 'page', 'rows', 'buffers', 'at large', 'p50 ms', 'at large', 'ratio', 'read by'],
      ...pages.map(({ list, depth, at }) => [list, depth, ...cells(at)]),
    ]),
    '',
    `P12, ${pages[0]?.list ?? ''}: at most ${buffers} buffers (goal ${GOAL_BUFFERS}), p50 ${ratio.toFixed(2)}× (goal ${GOAL_RATIO}×)`,
  ].join('\n');
}

function cells([small, large]: readonly [PageReading, PageReading]): string[] {
  const ms = ({ rows, p50Ms }: PageReading): string =>
    `${rows === null ? '> ' : ''}${p50Ms.toFixed(1)}`;
  return [
    String(large.rows ?? '–'),
    String(small.buffers ?? '–'),
    String(large.buffers ?? '–'),
    ms(small),
    ms(large),
    `${(large.p50Ms / small.p50Ms).toFixed(2)}×`,
    large.scans.join(' '),
  ];
}
