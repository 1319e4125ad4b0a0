import { type AddressInfo } from 'node:net';

import { AlipaySdk } from 'alipay-sdk';
import express from 'express';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';

// What the examples of these packages add up to, a program of its own: express 5 reads the form, the
// SDK checks the signature, the ORM looks for the notification and saves it.

@Entity('payments')
class Payment {
  @PrimaryColumn('text', { name: 'notify_id' })
  notifyId!: string;

  @Column('text', { name: 'trade_no' })
  tradeNo!: string;

  @Column('text')
  status!: string;

  @Column('jsonb')
  fields!: Record<string, string>;

  @Column('timestamptz', { name: 'received_at' })
  receivedAt!: Date;
}

async function main(): Promise<void> {
  const { DATABASE_URL = '', SIGN_TYPE = '', ALIPAY_KEY = '', MERCHANT_KEY = '' } = process.env;
  const source = new DataSource({
    type: 'postgres',
    url: DATABASE_URL,
    entities: [Payment],
    synchronize: true,
  });
  await source.initialize();
  const payments = source.getRepository(Payment);
  const alipay = new AlipaySdk({
    appId: 'benchmark',
    privateKey: MERCHANT_KEY,
    keyType: 'PKCS8',
    alipayPublicKey: ALIPAY_KEY,
    signType: SIGN_TYPE === 'RSA' ? 'RSA' : 'RSA2',
  });

  const app = express();
  app.use(express.urlencoded({ extended: true }));
  app.get('/livez', (_request, response) => {
    response.send('ok');
  });
  app.post('/alipay/notifications/:token', async (request, response) => {
    const fields = request.body as Record<string, string>;
    if (!alipay.checkNotifySignV2(fields)) {
      response.status(400).send('fail');
      return;
    }
    const notifyId = fields['notify_id'] ?? '';
    if ((await payments.findOneBy({ notifyId })) === null) {
      await payments.save({
        notifyId,
        tradeNo: fields['trade_no'] ?? '',
        status: fields['trade_status'] ?? '',
        fields,
        receivedAt: new Date(),
      });
    }
    response.send('success');
  });
  const server = app.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
  });
  server.keepAliveTimeout = 65_000;
  process.on('SIGTERM', () => process.exit(0));
  process.on('disconnect', () => process.exit(0));
}

void main();
