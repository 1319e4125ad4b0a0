import { dropTestDatabases, TEST_SERVER } from './test-database';

/** Stops the server of this run; on somebody else's server, drops what the run has left. */
async function tearDown(): Promise<void> {
  if (globalThis.countersignTestServer !== undefined) {
    await globalThis.countersignTestServer.close();
    return;
  }
  const url = process.env[TEST_SERVER];
  if (url !== undefined && url !== '') await dropTestDatabases(url);
}

export = tearDown;
