import { closeBrowser, closePages } from '../support/browser';
import { type LiveTillServer, serveLiveTill } from '../support/live-till';
import { endWorlds, startWorld, type World } from '../support/world';
import { builtInExplorer } from './built-in-explorer.scenes';
import { liveTill } from './live-till.scenes';
import { sandbox } from './sandbox.scenes';

// One browser and one world for all: to start them costs more than what is tried in them.
let till: LiveTillServer;
let world: World;
beforeAll(async () => {
  till = await serveLiveTill();
  world = await startWorld({ env: { CORS_ORIGINS: till.origin } });
});
afterEach(closePages);
afterAll(async () => {
  await closeBrowser();
  await endWorlds();
  await till.close();
});

describe('the built-in explorer', () => {
  builtInExplorer(() => world);
});
describe('Apollo Sandbox', () => {
  sandbox(() => world);
});
describe('the live till', () => {
  liveTill(() => ({ world, till }));
});
