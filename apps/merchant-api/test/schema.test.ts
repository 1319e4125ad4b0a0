import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Domain, MAY } from '@countersign/merchant-domain';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

import { readExampleOperations } from '../src/explorer/example-operations';
import { buildApiSchema } from '../src/graphql/build-schema';
import { accessOf, fieldsWithoutRule, typesWithoutScope } from '../src/graphql/guard-root-fields';
import {
  printAccessPage,
  printApiSchema,
  printErrorCodesPage,
  printLimitsPage,
} from '../src/graphql/printed-schema';

const schema = buildApiSchema({
  domain: {} as Partial<Domain> as Domain,
  notifyVerifier: { signType: 'MD5', verify: () => false },
});

test('every query, mutation and subscription says who may ask for it', () => {
  expect(fieldsWithoutRule(schema)).toEqual([]);
});

test('every object type says how it is kept to the caller’s stores', () => {
  expect(typesWithoutScope(schema)).toEqual([]);
});

test('nothing that changes anything is open to an auditor, and what reaches all stores to an owner alone', () => {
  const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});

  const rolesOf = Object.fromEntries(
    mutations.map((field) => [field.name, MAY[accessOf(field) ?? 'REPAIR']]),
  );

  expect(Object.values(rolesOf).flat()).not.toContain('AUDITOR');
  expect(
    Object.keys(rolesOf)
      .filter((name) => rolesOf[name]?.join() === 'OWNER')
      .sort(),
  ).toEqual([
    'createApiKey',
    'importStatement',
    'reconcileDay',
    'registerMerchant',
    'registerStore',
    'resolveRefund',
    'reverifyNotifications',
    'revokeApiKey',
  ]);
});

test('every type, field, argument and enum value is described for a person', () => {
  const missing = Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap(undescribed);

  expect(missing).toEqual([]);
});

test('a field of the root may be null alone, so that it takes no other answer with it', () => {
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}),
  );

  expect(fields.filter((field) => String(field.type).endsWith('!'))).toEqual([]);
});

test('schema.graphql is what the code says', () => {
  const checkedIn = readFileSync(join(__dirname, '..', 'schema.graphql'), 'utf8');

  expect(printApiSchema()).toBe(checkedIn);
});

test('docs/access.md says of every field who may ask for it', () => {
  const checkedIn = readFileSync(join(__dirname, '../../../docs/access.md'), 'utf8');

  expect(printAccessPage(checkedIn)).toBe(checkedIn);
});

test('docs/error-codes.md holds every code of ours and of the catalogue', () => {
  const checkedIn = readFileSync(join(__dirname, '../../../docs/error-codes.md'), 'utf8');

  expect(printErrorCodesPage()).toBe(checkedIn);
});

test('docs/limits.md says what each example operation costs', () => {
  const checkedIn = readFileSync(join(__dirname, '../../../docs/limits.md'), 'utf8');

  expect(printLimitsPage(readExampleOperations())).toBe(checkedIn);
});

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly args?: readonly Described[];
}

function undescribed(type: GraphQLNamedType): string[] {
  const values: readonly Described[] = isEnumType(type) ? type.getValues() : [];
  const fields: readonly Described[] =
    isObjectType(type) || isInterfaceType(type) || isInputObjectType(type)
      ? Object.values(type.getFields())
      : [];
  const args = fields.flatMap((field) =>
    (field.args ?? []).filter(isSilent).map(({ name }) => `${type.name}.${field.name}(${name})`),
  );
  return [
    ...(isSilent(type) ? [type.name] : []),
    ...[...values, ...fields].filter(isSilent).map(({ name }) => `${type.name}.${name}`),
    ...args,
  ];
}

function isSilent({ description }: Described): boolean {
  return (description ?? '').trim() === '';
}
