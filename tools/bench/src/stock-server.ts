import 'reflect-metadata';
import { type AddressInfo } from 'node:net';

import { ApolloServer } from '@apollo/server';
import { expressMiddleware } from '@as-integrations/express5';
import { MaxLength } from 'class-validator';
import express from 'express';
import {
  Arg,
  buildSchema,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql';
import { Column, DataSource, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';

// What the examples of these packages add up to, a program of its own, all defaults: express 5 reads
// JSON, Apollo Server 5 executes, type-graphql and TypeORM share their classes. It reads the
// product's own tables, and knows neither callers nor limits.

@Entity('stores')
@ObjectType()
class Store {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id!: string;

  @Field(() => String)
  @Column('text')
  name!: string;
}

@Entity('transactions')
@ObjectType()
class Transaction {
  @Field(() => ID)
  @PrimaryColumn('uuid')
  id!: string;

  @Field(() => String)
  @Column('text', { name: 'alipay_trans_id' })
  alipayTransId!: string;

  @Field(() => String, { nullable: true })
  @Column('text', { name: 'partner_trans_id', nullable: true })
  partnerTransId!: string | null;

  @Field(() => String)
  @Column('text')
  status!: string;

  @Field(() => String)
  @Column('text', { name: 'alipay_status' })
  alipayStatus!: string;

  @Field(() => String, { nullable: true })
  @Column('text', { name: 'sale_reference', nullable: true })
  saleReference!: string | null;

  @Field(() => String, { nullable: true })
  @Column('text', { name: 'buyer_login', nullable: true })
  buyerLogin!: string | null;

  @Field(() => Date, { nullable: true })
  @Column('timestamptz', { name: 'paid_at', nullable: true })
  paidAt!: Date | null;

  @Column('timestamptz', { name: 'listed_at' })
  listedAt!: Date;

  @Field(() => Date)
  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Field(() => Date)
  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;

  @Field(() => Store, { nullable: true })
  @ManyToOne(() => Store)
  @JoinColumn({ name: 'store_id' })
  store!: Store | null;
}

@ObjectType()
class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;
}

@ObjectType()
class TransactionConnection {
  @Field(() => [Transaction])
  nodes!: Transaction[];

  @Field(() => PageInfo)
  pageInfo!: PageInfo;
}

@InputType()
class ClaimTransactionInput {
  @Field(() => ID)
  transactionId!: string;

  @Field(() => String)
  @MaxLength(64)
  saleReference!: string;
}

@ObjectType()
class UserError {
  @Field(() => String)
  code!: string;
}

@ObjectType()
class TransactionPayload {
  @Field(() => Transaction, { nullable: true })
  transaction!: Transaction | null;

  @Field(() => [UserError])
  userErrors!: UserError[];
}

@Resolver()
class TransactionResolver {
  constructor(private readonly source: DataSource) {}

  @Query(() => TransactionConnection)
  async transactions(@Arg('first', () => Int) first: number): Promise<TransactionConnection> {
    const found = await this.source.getRepository(Transaction).find({
      relations: { store: true },
      order: { listedAt: 'DESC', id: 'DESC' },
      take: first + 1,
    });
    return Object.assign(new TransactionConnection(), {
      nodes: found.slice(0, first),
      pageInfo: Object.assign(new PageInfo(), { hasNextPage: found.length > first }),
    });
  }

  @Mutation(() => TransactionPayload)
  claimTransaction(
    @Arg('input', () => ClaimTransactionInput) input: ClaimTransactionInput,
  ): Promise<TransactionPayload> {
    return this.source.transaction(async (manager) => {
      const payload = Object.assign(new TransactionPayload(), {
        transaction: null,
        userErrors: [],
      });
      const transaction = await manager.findOne(Transaction, {
        where: { id: input.transactionId },
        lock: { mode: 'pessimistic_write' },
      });
      if (transaction === null) return refuse(payload, 'NOT_FOUND');
      if ((transaction.saleReference ?? input.saleReference) !== input.saleReference) {
        return refuse(payload, 'ALREADY_CLAIMED');
      }
      transaction.saleReference = input.saleReference;
      return Object.assign(payload, { transaction: await manager.save(transaction) });
    });
  }
}

function refuse(payload: TransactionPayload, code: string): TransactionPayload {
  return Object.assign(payload, { userErrors: [Object.assign(new UserError(), { code })] });
}

async function main(): Promise<void> {
  const source = new DataSource({
    type: 'postgres',
    url: process.env['DATABASE_URL'] ?? '',
    entities: [Transaction, Store],
  });
  await source.initialize();
  const resolver = new TransactionResolver(source);
  const schema = await buildSchema({
    resolvers: [TransactionResolver],
    container: { get: () => resolver },
  });
  const apollo = new ApolloServer({ schema });
  await apollo.start();

  const app = express();
  app.use('/graphql', express.json(), expressMiddleware(apollo));
  const server = app.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.send?.({ type: 'ready', url: `http://127.0.0.1:${port}` });
  });
  server.keepAliveTimeout = 65_000;
  process.on('SIGTERM', () => process.exit(0));
  process.on('disconnect', () => process.exit(0));
}

void main();
