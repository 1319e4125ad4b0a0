const { default: Sequencer } = require('@jest/test-sequencer');

/** What waits for long, in files that are short: at the end nothing else would be left to do meanwhile. */
const LONG = [
  'random-schedules',
  'safety/replicas',
  'packages',
  'cut-connections',
  'variants',
  'in-chromium',
  'statement-days',
  'statement-faults',
  'acknowledged',
  'crash-points',
  'lost-answers-refunds',
  'interleavings',
  'silent-line',
  'silent-server',
  'held-up',
  'hostile-http',
  'connection-limits',
];

/** The long ones first, and then as Jest would have it without times of its own: the largest files first. */
module.exports = class LongTestsFirst extends Sequencer {
  async sort(tests) {
    const rank = ({ path }) => {
      const at = LONG.findIndex((name) => path.endsWith(`${name}.test.ts`));
      return at < 0 ? LONG.length : at;
    };
    return [...(await super.sort(tests))].sort((one, other) => rank(one) - rank(other));
  }
};
