/** What the examples of each README take for given, as code that stands before them. */

const KEYS = `
import { generateKeyPairSync } from 'node:crypto';

const pair = () => generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const [ours, alipays] = [pair(), pair()];
const privateKey = ours.privateKey;
const alipayPublicKey = alipays.publicKey;
const partnerId = '2088000000000001';
`;

const SIMULATOR = `
import * as gateway from '@countersign/gateway-simulator';

const alipay0 = await gateway.startGatewaySimulator({
  partnerId,
  privateKey: alipays.privateKey,
  merchantPublicKey: ours.publicKey,
  sftp: { password: 'a password' },
});
`;

export const PROTOCOL_EXAMPLES = `
import * as protocol from '@countersign/alipay-protocol';
${KEYS}
const ourPrivateKey = privateKey;
const previousPublicKey = pair().publicKey;
const gatewaySigner = protocol.createSigner({ signType: 'RSA2', privateKey: alipays.privateKey });
const verifier = protocol.createVerifier({ signType: 'RSA2', publicKey: alipayPublicKey });
const merchantVerifier = protocol.createVerifier({ signType: 'RSA2', publicKey: ours.publicKey });
const bytes = protocol.encodeAnswer({ result_code: 'SUCCESS' }, gatewaySigner, { charset: 'GBK' });
const response = { headers: { 'content-type': 'text/xml;charset=GBK' } };
const told = protocol.encodeNotification({ notify_id: 'n1', total_fee: '12.50' }, gatewaySigner);
const rawBody = told.body;
const request = { headers: { 'content-type': told.contentType } };
const sent = protocol.encodeRequest(
  { service: 'alipay.acquire.cancel', partner: partnerId },
  protocol.createSigner({ signType: 'RSA2', privateKey }),
  { gatewayUrl: 'https://mapi.alipaydev.com/gateway.do' },
);
const { url } = sent;
const body = Buffer.from(sent.body ?? '');
const contentType = sent.headers['content-type'];
`;

export const SERVICES_EXAMPLES = `
${KEYS}
${SIMULATOR}
const log = (report: object) => { console.log(JSON.stringify(report)); };
const password = 'a password';
`;

/** Alipay's addresses in the examples, as code that names the simulator's instead. */
export function atSimulator(program: string): string {
  return program
    .replace("'https://intlmapi.alipay.com/gateway.do'", 'alipay0.gatewayUrl')
    .replace("'2088123456789012'", 'partnerId')
    .replace("'sftp://user@isftp.alipay.com/download'", "alipay0.sftp?.url ?? ''")
    .replace(/'SHA256:…'/, "alipay0.sftp?.hostKey ?? ''");
}

export const SIMULATOR_EXAMPLES = `
${KEYS}
const merchantPublicKey = ours.publicKey;
`;

export const CLOSE_SIMULATOR = 'await alipay0.close();\n';

/** The host's address and database come from its environment; a customer pays as soon as there is a code. */
export const DOMAIN_EXAMPLES = `
${KEYS}
${SIMULATOR}
const gatewayUrl = alipay0.gatewayUrl;
const databaseUrl = process.env['DATABASE_URL'] ?? '';
const port = Number(process.env['PORT']);
const publicUrl = \`http://127.0.0.1:\${port}\`;

const control = async (path: string, body?: object) => {
  const response = await fetch(\`\${alipay0.controlUrl}\${path}\`, {
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  });
  return (await response.json()) as any;
};
const seen = async <Fact,>(look: () => Promise<Fact | undefined>): Promise<Fact> => {
  for (let turn = 0; turn < 400; turn += 1) {
    const fact = await look();
    if (fact !== undefined) return fact;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nothing was seen within twenty seconds');
};
const firstNotification = (async () => {
  const { qrcode } = await seen(async () => (await control('/codes'))[0]);
  await seen(async () => fetch(publicUrl).then(() => true, () => undefined));
  const { trade_no } = await control('/payments', { qrcode, amount: '12.50' });
  await seen(async () => {
    const { notifications } = await control(\`/trades/\${trade_no}\`);
    return notifications[0]?.sends.find(({ answer }: { answer: string }) => answer === 'success');
  });
})();
`;

export const TELL_REFUND = `
console.log(JSON.stringify({
  code: created.qrCode.code?.startsWith(alipay0.url),
  status: refunded.refund.status,
  left: \`\${refunded.transaction.amountMinor - refunded.transaction.refundedMinor}\`,
}));
${CLOSE_SIMULATOR}`;
