import { type CatalogueEntry, ERROR_CATALOGUE } from '@countersign/alipay-services';
import { type GraphQLSchema, isEnumType } from 'graphql';

import { alignedTable } from './aligned-table';

const FINAL: Readonly<Record<CatalogueEntry['final'], string>> = {
  ALWAYS: 'yes',
  SIGNED: 'in a signed answer',
  NEVER: 'no, asked again',
};

/** docs/error-codes.md: our codes as the schema describes them, Alipay's from the catalogue. */
export function errorCodesPage(schema: GraphQLSchema): string {
  return `# Error codes

Printed from the code by \`npm run print-schema\`: change it there.

## Ours

\`userErrors { code }\`: what was asked for was not done. A program decides by the code; \`message\` is for a
person, and \`field\` is the path to the value at fault.

${alignedTable([['code', 'means'], ...ourCodes(schema)])}

## Alipay's

\`alipayCode\`, beside \`ALIPAY_REJECTED\` and in \`gatewayCalls\`. Alipay's own tables for the Hong Kong services
were never seen whole: these are the codes that some page or client names. Any other may come; it is then
never taken for a definite no. _Final_ says whether the code is one.

${alignedTable([['code', 'means', 'what the cashier does', 'final', 'calls'], ...ERROR_CATALOGUE.map(inEnglish)])}

## 支付寶錯誤代碼

供收銀員使用。「最終」表示支付寶已明確拒絕；否則結果未明，系統會自動再查詢。

${alignedTable([['代碼', '意思', '收銀員應如何處理', '最終'], ...ERROR_CATALOGUE.map(inChinese)])}
`;
}

function ourCodes(schema: GraphQLSchema): string[][] {
  const type = schema.getType('UserErrorCode');
  if (!isEnumType(type)) throw new Error('the schema has no UserErrorCode');
  return type.getValues().map(({ name, description }) => [`\`${name}\``, description ?? '']);
}

function inEnglish({ codes, meaning, action, final, calls }: CatalogueEntry): string[] {
  return [listed(codes), meaning.en, action.en, FINAL[final], calls];
}

function inChinese({ codes, meaning, action, final }: CatalogueEntry): string[] {
  return [listed(codes), meaning.zhHant, action.zhHant, final === 'NEVER' ? '否' : '是'];
}

function listed(codes: readonly string[]): string {
  return codes.map((code) => `\`${code}\``).join(' ');
}
