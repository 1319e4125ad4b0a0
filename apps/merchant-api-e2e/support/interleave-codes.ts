import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createSigner, decodeRequest, encodeAnswer } from '@countersign/alipay-protocol';
import { createQrCode, type Domain, importQrCode } from '@countersign/merchant-domain';

import type { Crossing } from './interleave-crossing';
import { differences } from './interleave-books';
import { codeCommand, newName, openStore } from './interleave-payments';
import type { Site } from './interleave-site';
import { findingsInCodes } from './interleave-workers';
import { GATEWAY_KEYS } from './keys';

/** Codes that are asked for at the same time. */
export const codes = {
  'two creates of one code': async (site) => {
    const storeId = await openStore(site);
    return {
      deeds: { a: create(storeId), b: create(storeId) },
      trades: [],
      told: [
        ['ACTIVE', 'ACTIVE'],
        ['ACTIVE', 'PENDING'],
        ['PENDING', 'ACTIVE'],
      ],
      findings: () => findingsInCodes(site, storeId),
    };
  },
  'two creates of the two codes of a store': async (site) => {
    const storeId = await openStore(site);
    return {
      deeds: { a: create(storeId), b: create(storeId, 'with a fee') },
      trades: [],
      told: [['ACTIVE', 'ACTIVE']],
      findings: () => findingsInCodes(site, storeId),
    };
  },
} satisfies Readonly<Record<string, Crossing>>;

/** At a gateway that has one code for all stores of a merchant: only one of them can have it. */
export const sharedCodes = {
  'two creates that are answered with the same code': async (site) => {
    const merchant = `M_${newName()}`;
    const stores = [await openStore(site, merchant), await openStore(site, merchant)] as const;
    return {
      deeds: { a: create(stores[0]), b: create(stores[1]) },
      trades: [],
      told: [
        ['ACTIVE', 'ALIPAY_REJECTED'],
        ['ALIPAY_REJECTED', 'ACTIVE'],
      ],
      findings: () => findingsInOwners(site, merchant),
    };
  },
  'a create that is answered with the code of an import': async (site) => {
    const merchant = `M_${newName()}`;
    const stores = [await openStore(site, merchant), await openStore(site, merchant)] as const;
    return {
      deeds: {
        a: create(stores[0]),
        b: (domain: Domain) =>
          importQrCode(domain, { ...codeCommand(stores[1]), code: codeOf(merchant) }),
      },
      trades: [],
      told: [
        ['ACTIVE', 'INVALID_INPUT'],
        ['ALIPAY_REJECTED', 'ACTIVE'],
      ],
      findings: () => findingsInOwners(site, merchant),
    };
  },
} satisfies Readonly<Record<string, Crossing>>;

function create(storeId: string, fee?: 'with a fee'): (domain: Domain) => Promise<unknown> {
  const channelFee = { type: 'RATE', value: '0.01' } as const;
  return (domain) =>
    createQrCode(domain, { ...codeCommand(storeId), ...(fee === undefined ? {} : { channelFee }) });
}

async function findingsInOwners(site: Site, merchant: string): Promise<string[]> {
  const owners = await site.rows('select status from qr_codes where code = $1', [codeOf(merchant)]);
  return differences({ 'owners of the code': [owners, [{ status: 'ACTIVE' }]] });
}

function codeOf(merchant: string): string {
  return `https://qr.alipay.com/${merchant}`;
}

/** A gateway that issues the same code to every store of a merchant, and agrees to every change. */
export async function openGatewayOfOneCode(): Promise<{ url: string; close: () => Promise<void> }> {
  const signer = createSigner({ signType: 'MD5', md5Key: GATEWAY_KEYS.md5Key });
  const answer = async (message: IncomingMessage): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const request = decodeRequest({
      url: message.url ?? '',
      contentType: message.headers['content-type'],
      body: Buffer.concat(chunks),
    });
    const merchant = /"secondary_merchant_id":"(?<id>\w+)"/.exec(request['biz_data'] ?? '');
    const qrcode = request['qrcode'] ?? codeOf(merchant?.groups?.['id'] ?? '');
    return encodeAnswer({ qrcode }, signer, { request });
  };
  const server = createServer((message, response) => {
    void answer(message).then((bytes) => {
      response.setHeader('content-type', 'text/xml;charset=UTF-8').end(bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/gateway.do`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
