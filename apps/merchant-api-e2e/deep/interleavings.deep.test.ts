import { crossings } from '../support/interleave-all';
import { openGatewayOfOneCode, sharedCodes } from '../support/interleave-codes';
import type { Crossing } from '../support/interleave-crossing';
import { crossInEveryOrder } from '../support/interleave-every';

test.concurrent.each(Object.entries<Crossing>(crossings))(
  'in every order with few interruptions: %s',
  async (name, crossing) => {
    const { runs, failures } = await crossInEveryOrder(name, crossing);

    expect(failures).toEqual([]);
    expect(runs).toBeGreaterThan(1);
  },
);

test.concurrent.each(Object.entries<Crossing>(sharedCodes))(
  'in every order with few interruptions: %s',
  async (name, crossing) => {
    const gateway = await openGatewayOfOneCode();
    try {
      const { runs, failures } = await crossInEveryOrder(name, crossing, gateway.url);

      expect(failures).toEqual([]);
      expect(runs).toBeGreaterThan(1);
    } finally {
      await gateway.close();
    }
  },
);
