import graphql from '@graphql-eslint/eslint-plugin';

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

export default [
  { ignores: ['**/dist', '**/node_modules', '.nx', '.data', '.stryker', '**/coverage', '**/gql'] },
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
];
