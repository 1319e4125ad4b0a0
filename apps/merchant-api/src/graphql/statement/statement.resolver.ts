import {
  countDiscrepancies,
  type Discrepancy,
  discrepanciesPage,
  type DiscrepancyFilter,
  type DiscrepancyStatus,
  type Domain,
  importStatement,
  type Page,
  type PageRequest,
  reconcileDay,
  resolveDiscrepancy,
  type StatementFiles,
  type StatementKind,
  statementsPage,
} from '@countersign/merchant-domain';
import {
  Arg,
  Args,
  ArgsType,
  Ctx,
  Field,
  FieldResolver,
  Mutation,
  Query,
  Resolver,
  Root,
} from 'type-graphql';

import { Access } from '../access';
import { type ApiContext } from '../context';
import { given } from '../given';
import { InputRules } from '../input-rules';
import { made } from '../made';
import { uuidOf } from '../node-id';
import { PageArgs, toConnection } from '../page';
import { LocalDate } from '../scalars/borrowed-scalars';
import { noSuchId, UserError, userErrorsOf } from '../user-error.type';
import {
  DiscrepancyConnection,
  DiscrepancyPayload,
  DiscrepancyStatusWords,
  ResolveDiscrepancyInput,
  toDiscrepancyNode,
} from './discrepancy.type';
import {
  ImportStatementInput,
  ReconcileDayInput,
  ReconcileDayPayload,
  StatementConnection,
  StatementKindWords,
  StatementNode,
  StatementPayload,
  toStatementNode,
} from './statement.type';

@ArgsType()
class StatementsArgs extends PageArgs {
  @Field(() => StatementKindWords, { nullable: true, description: 'Only files of this kind.' })
  kind?: StatementKind | null;

  @Field(() => LocalDate, { nullable: true, description: 'Only of this Beijing day and later.' })
  from?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Only of this Beijing day and earlier.' })
  to?: string | null;
}

@ArgsType()
class DiscrepanciesArgs extends PageArgs {
  @Field(() => [DiscrepancyStatusWords], {
    nullable: true,
    description: 'Only those that this has become of.',
  })
  statuses?: DiscrepancyStatus[] | null;
}

@Resolver(() => StatementNode)
export class StatementResolver {
  constructor(
    private readonly domain: Domain,
    private readonly statementFiles: StatementFiles | undefined,
  ) {}

  @Query(() => StatementConnection, {
    nullable: true,
    description: "Alipay's daily files, the latest day first.",
  })
  @Access('READ_OPERATIONS')
  async statements(
    @Ctx() { caller }: ApiContext,
    @Args(() => StatementsArgs) { kind, from, to, ...page }: StatementsArgs,
  ): Promise<StatementConnection> {
    const found = await statementsPage(this.domain.database, caller, {
      page: given(page),
      ...given({ kind, from, to }),
    });
    return made(StatementConnection, toConnection(found, toStatementNode));
  }

  @Query(() => DiscrepancyConnection, {
    nullable: true,
    description: 'Where statements and our books disagree, newest first.',
  })
  @Access('READ_OPERATIONS')
  async discrepancies(
    @Ctx() { caller }: ApiContext,
    @Args(() => DiscrepanciesArgs) { statuses, ...page }: DiscrepanciesArgs,
  ): Promise<DiscrepancyConnection> {
    return this.connectionOf(caller, given({ statuses }), given(page));
  }

  @FieldResolver(() => DiscrepancyConnection, {
    name: 'discrepancies',
    nullable: true,
    description:
      'Where this file and our books disagree, newest first; null only where reading them failed.',
  })
  async discrepanciesOfStatement(
    @Root() { uuid }: StatementNode,
    @Ctx() { caller }: ApiContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<DiscrepancyConnection> {
    return this.connectionOf(caller, { statementId: uuid }, given(page));
  }

  @Mutation(() => ReconcileDayPayload, {
    nullable: true,
    description:
      "Fetches a day's files from Alipay's server and compares them with our books. Doing it again changes nothing.",
  })
  @Access('KEEP_BOOKS')
  @InputRules()
  async reconcileDay(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => ReconcileDayInput, { description: 'The day.' }) { date }: ReconcileDayInput,
  ): Promise<ReconcileDayPayload> {
    const { statementFiles } = this;
    const result = await reconcileDay({ ...this.domain, statementFiles }, { caller, date });
    return made(ReconcileDayPayload, {
      statements: result.statements.map(toStatementNode),
      userErrors: userErrorsOf(result),
    });
  }

  @Mutation(() => StatementPayload, {
    nullable: true,
    description:
      'Imports a file by hand. The same file again changes nothing; a corrected one takes the place of the earlier.',
  })
  @Access('KEEP_BOOKS')
  @InputRules()
  async importStatement(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => ImportStatementInput, { description: 'The file.' })
    { fileName, contentBase64 }: ImportStatementInput,
  ): Promise<StatementPayload> {
    const content = readBase64(contentBase64);
    if (content === null) return made(StatementPayload, { userErrors: [NOT_BASE64] });

    const result = await importStatement(this.domain, { caller, fileName, content: [content] });
    return made(StatementPayload, {
      statement: result.statement === undefined ? null : toStatementNode(result.statement),
      userErrors: userErrorsOf(result),
    });
  }

  @Mutation(() => DiscrepancyPayload, {
    nullable: true,
    description: 'Closes a disagreement that a person has looked into. It changes nothing else.',
  })
  @Access('REPAIR')
  @InputRules()
  async resolveDiscrepancy(
    @Ctx() { caller }: ApiContext,
    @Arg('input', () => ResolveDiscrepancyInput, { description: 'Which, and what was found.' })
    input: ResolveDiscrepancyInput,
  ): Promise<DiscrepancyPayload> {
    const discrepancyId = uuidOf('Discrepancy', input.discrepancyId);
    if (discrepancyId === null) {
      return made(DiscrepancyPayload, { userErrors: [noSuchId('discrepancyId', 'Discrepancy')] });
    }
    const { note } = input;
    const result = await resolveDiscrepancy(this.domain, { caller, discrepancyId, note });
    return made(DiscrepancyPayload, {
      discrepancy: result.discrepancy === undefined ? null : toDiscrepancyNode(result.discrepancy),
      userErrors: userErrorsOf(result),
    });
  }

  private async connectionOf(
    caller: ApiContext['caller'],
    filter: DiscrepancyFilter,
    page: PageRequest,
  ): Promise<DiscrepancyConnection> {
    const { database } = this.domain;
    const found: Page<Discrepancy> = await discrepanciesPage(database, caller, {
      page,
      ...filter,
    });
    return made(DiscrepancyConnection, {
      ...toConnection(found, toDiscrepancyNode),
      totalCount: () => countDiscrepancies(database, caller, filter),
    });
  }
}

const NOT_BASE64 = made(UserError, {
  code: 'INVALID_INPUT',
  message: "This is not Base64: send the file's bytes as they are, encoded in Base64.",
  field: ['input', 'contentBase64'],
  alipayCode: null,
});

function readBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64');
  const isExact = bytes.toString('base64').replace(/=+$/, '') === text.trim().replace(/=+$/, '');
  return isExact ? bytes : null;
}
