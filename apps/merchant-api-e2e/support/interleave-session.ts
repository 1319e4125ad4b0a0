import { createSigner, createVerifier } from '@countersign/alipay-protocol';
import { createAlipayClient } from '@countersign/alipay-services';
import { type Domain, openDatabase, recordGatewayCall } from '@countersign/merchant-domain';
import { openStatementProxy } from '@countersign/postgres';
import { uuidv7 } from 'uuidv7';

import { createGate, type Gate, openGatewayDoor } from './interleave-gate';
import type { Letterbox } from './interleave-letters';
import { GATEWAY_KEYS, PARTNER_ID } from './keys';

const GATEWAY_TIMEOUT_MS = 10_000;

export interface Surroundings {
  readonly now: () => Date;
  readonly letterbox: Letterbox;
  readonly errors: string[];
}

export interface Session {
  readonly domain: Domain;
  readonly gate: Gate;
  close(): Promise<void>;
}

/** A domain of its own, whose statements and calls pass a gate. */
export async function openSession(
  databaseUrl: string,
  gatewayUrl: string,
  surroundings: Surroundings,
): Promise<Session> {
  const gate = createGate();
  const proxy = await openStatementProxy(databaseUrl);
  proxy.watch(async ({ text }, moment) => {
    if (moment === 'before') await gate.arrive(text.replace(/\s+/g, ' ').trim());
    else gate.leave();
  });
  const door = await openGatewayDoor(gate, gatewayUrl, {
    now: surroundings.now,
    timeoutMs: GATEWAY_TIMEOUT_MS,
  });
  const { domain, close } = await openDomain(proxy.url, door.url, surroundings);
  return {
    domain,
    gate,
    close: async () => {
      await close();
      await door.close();
      await proxy.close();
    },
  };
}

export async function openDomain(
  databaseUrl: string,
  gatewayUrl: string,
  { now, letterbox, errors }: Surroundings,
): Promise<{ domain: Domain; close: () => Promise<void> }> {
  const database = await openDatabase({
    url: databaseUrl,
    connectionsMax: 2,
    ingestConnectionsMax: 1,
  });
  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (fact: string, ids: Record<string, unknown> = {}) => {
      const { error } = ids;
      errors.push(`${fact}: ${error instanceof Error ? error.message : JSON.stringify(ids)}`);
    },
  };
  const keys = { signType: 'MD5', md5Key: GATEWAY_KEYS.md5Key } as const;
  const alipay = createAlipayClient({
    gatewayUrl,
    partnerId: PARTNER_ID,
    signer: createSigner(keys),
    verifier: createVerifier(keys),
    now,
    timeoutMs: GATEWAY_TIMEOUT_MS,
    onCall: recordGatewayCall(database, { newId: uuidv7, log }),
  });
  const domain: Domain = {
    database,
    alipay,
    now,
    newId: uuidv7,
    notifyUrl: letterbox.notifyUrl,
    gatewayTimeoutMs: GATEWAY_TIMEOUT_MS,
    log,
  };
  return {
    domain,
    close: async () => {
      await alipay.close();
      await database.close();
    },
  };
}
