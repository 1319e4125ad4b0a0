import eslint from '@eslint/js';
import graphql from '@graphql-eslint/eslint-plugin';
import nx from '@nx/eslint-plugin';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import n from 'eslint-plugin-n';
import tseslint from 'typescript-eslint';

const layers = [
  { sourceTag: 'layer:protocol', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'layer:services', onlyDependOnLibsWithTags: ['layer:protocol'] },
  {
    sourceTag: 'layer:domain',
    onlyDependOnLibsWithTags: ['layer:services', 'layer:protocol'],
    bannedExternalImports: ['graphql', 'type-graphql', '@apollo/*'],
  },
  {
    sourceTag: 'layer:app',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:services', 'layer:protocol'],
  },
  { sourceTag: 'layer:simulator', onlyDependOnLibsWithTags: ['layer:protocol'] },
  {
    sourceTag: 'layer:tool',
    onlyDependOnLibsWithTags: ['layer:domain', 'layer:services', 'layer:protocol', 'layer:tool'],
  },
  { sourceTag: 'layer:e2e', onlyDependOnLibsWithTags: ['*'] },
];

/** Tests may stand on a tool besides: the database of a test comes from @countersign/postgres. */
const layersOfTests = layers.map(({ sourceTag, onlyDependOnLibsWithTags, ...banned }) => ({
  sourceTag,
  onlyDependOnLibsWithTags: [...onlyDependOnLibsWithTags, 'layer:tool'],
  ...banned,
}));

const SCHEMA = 'apps/merchant-api/schema.graphql';
const OPERATIONS = 'apps/merchant-api/operations/*.graphql';
const RECIPES = 'examples/*/src/*.graphql';
/** One for all: the plugin keeps the first that it sees. */
const graphqlFiles = {
  plugins: { '@graphql-eslint': graphql },
  languageOptions: {
    parser: graphql.parser,
    parserOptions: { graphQLConfig: { schema: SCHEMA, documents: [OPERATIONS, RECIPES] } },
  },
};

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '.nx', '.data', '.stryker', '**/coverage', '**/gql'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [
      eslint.configs.recommended,
      ...tseslint.configs.strictTypeChecked,
      ...tseslint.configs.stylisticTypeChecked,
    ],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@nx': nx, 'import-x': importX, n },
    settings: {
      'import-x/resolver-next': [
        createTypeScriptImportResolver({
          alwaysTryTypes: true,
          conditionNames: ['@countersign/source', 'types', 'node', 'require', 'default'],
        }),
      ],
    },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { depConstraints: layers, enforceBuildableLibDependency: false, allow: [] },
      ],
      'import-x/no-cycle': 'error',
      'import-x/no-default-export': 'error',
      'no-console': 'error',
      'n/no-process-env': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  { files: ['**/main.ts'], rules: { 'n/no-process-env': 'off' } },
  {
    // Tests read where their database is; tools are commands, and speak to people.
    files: ['**/*.test.ts', '**/test/**/*.ts', 'apps/merchant-api-e2e/**/*.ts', 'tools/**/*.ts'],
    rules: { 'n/no-process-env': 'off' },
  },
  {
    // A test runs on a real PostgreSQL, which the tool brings; what is shipped never knows of it.
    files: ['{libs,apps}/*/test/**/*.ts', '{libs,apps}/*/src/**/*.test.ts'],
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        {
          depConstraints: layers,
          enforceBuildableLibDependency: false,
          allow: ['@countersign/postgres'],
        },
      ],
    },
  },
  { files: ['tools/**/*.ts'], rules: { 'no-console': 'off' } },
  {
    files: [SCHEMA],
    ...graphqlFiles,
    rules: {
      '@graphql-eslint/naming-convention': [
        'error',
        {
          types: 'PascalCase',
          FieldDefinition: 'camelCase',
          InputValueDefinition: 'camelCase',
          Argument: 'camelCase',
          EnumValueDefinition: 'UPPER_CASE',
          'FieldDefinition[parent.name.value=Query]': {
            forbiddenPrefixes: ['get', 'list', 'query'],
          },
          InputObjectTypeDefinition: { requiredPattern: /(Input|Filter)$/ },
        },
      ],
      '@graphql-eslint/require-description': [
        'error',
        {
          types: true,
          FieldDefinition: true,
          InputValueDefinition: true,
          EnumValueDefinition: true,
        },
      ],
      '@graphql-eslint/description-style': ['error', { style: 'block' }],
      '@graphql-eslint/no-hashtag-description': 'error',
      '@graphql-eslint/no-unreachable-types': 'error',
      '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
      '@graphql-eslint/relay-connection-types': 'error',
      '@graphql-eslint/relay-edge-types': [
        'error',
        { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false },
      ],
      '@graphql-eslint/relay-page-info': 'error',
      '@graphql-eslint/require-deprecation-reason': 'error',
      '@graphql-eslint/require-nullable-result-in-root': 'error',
      '@graphql-eslint/unique-enum-value-names': 'error',
    },
  },
  {
    files: [OPERATIONS],
    ...graphqlFiles,
    rules: {
      ...graphql.configs['flat/operations-recommended'].rules,
      // For people to read; the recipes keep the rule, because a cache needs the ids.
      '@graphql-eslint/require-selections': 'off',
    },
  },
  {
    files: [RECIPES],
    ...graphqlFiles,
    rules: graphql.configs['flat/operations-recommended'].rules,
  },
);
