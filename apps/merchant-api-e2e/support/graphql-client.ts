/** A document, and the shape of what it answers. */
export interface Operation<Data> {
  readonly text: string;
  /** Never there: it ties the type to the document. */
  readonly data?: Data;
}

export type Variables = Readonly<Record<string, unknown>>;

export interface GraphqlAnswer<Data> {
  readonly httpStatus: number;
  readonly data: Data | null | undefined;
  readonly errors: readonly GraphqlError[];
}

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string };
}

export interface GraphqlClient {
  /** The data; any error on the top level fails the test. */
  readonly graphql: <Data>(operation: Operation<Data>, variables?: Variables) => Promise<Data>;
  /** Everything that came back. */
  readonly ask: <Data>(
    operation: Operation<Data>,
    variables?: Variables,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<GraphqlAnswer<Data>>;
}

export function createGraphqlClient(graphqlUrl: () => string, token: string): GraphqlClient {
  const ask: GraphqlClient['ask'] = async (
    { text },
    variables = {},
    headers = { authorization: `Bearer ${token}` },
  ) => {
    const response = await fetch(graphqlUrl(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: text, variables }),
    });
    const { data, errors } = (await response.json()) as {
      data?: never; // of the operation's shape: the server checked the document against its schema
      errors?: GraphqlError[];
    };
    return { httpStatus: response.status, data, errors: errors ?? [] };
  };
  return {
    ask,
    graphql: async (operation, variables) => {
      const { data, errors, httpStatus } = await ask(operation, variables);
      if (errors.length > 0 || data === null || data === undefined) {
        throw new Error(`GraphQL answered ${httpStatus}: ${JSON.stringify(errors)}`);
      }
      return data;
    },
  };
}
