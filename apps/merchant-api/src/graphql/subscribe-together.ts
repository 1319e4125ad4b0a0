import { setTimeout as pause } from 'node:timers/promises';

import {
  createSourceEventStream,
  type DocumentNode,
  execute,
  type ExecutionArgs,
  type ExecutionResult,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';

import { type ApiContext } from './context';
import { interruptionBy, interruptionIn, type StreamInterrupted } from './stream-interrupted';

export type SubscriptionArgs = Omit<ExecutionArgs, 'contextValue'> & {
  readonly contextValue: ApiContext;
};

/**
 * Subscribes as graphql-js does, and executes once for all who hear of the same thing. The stream
 * throws `StreamInterrupted` when what was to be told cannot be read now.
 */
export type SubscribeTogether = (
  args: SubscriptionArgs,
) => Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult>;

/**
 * Tills that watch the same store with the same document are told the same. What each of them is
 * told is worked out once: for one event, one document, the variables that its answer depends on,
 * and one scope. The event itself is the same object for all who hear of it live.
 */
export function createSubscribeTogether(): SubscribeTogether {
  const resultsOf = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();
  const numberOf = createNumbering();

  return async (args) => {
    const stream = await sourceOf(args);
    if (!(Symbol.asyncIterator in stream)) return stream;

    const source = stream[Symbol.asyncIterator]() as AsyncIterator<object>;
    const key = keyOf(args, numberOf(args.document));
    const results: AsyncIterableIterator<ExecutionResult> = {
      next: async () => {
        const next = await nextOf(source);
        if (next.done === true) return { done: true, value: undefined };
        const { value } = next;
        const known = resultsOf.get(value) ?? new Map<string, Promise<ExecutionResult>>();
        resultsOf.set(value, known);
        const result = known.get(key) ?? executeFor(args, value);
        known.set(key, result);
        try {
          return { done: false, value: await result };
        } catch (error) {
          await source.return?.(); // nobody asks for more after that
          throw error;
        }
      },
      return: async () => {
        await source.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    return results;
  };
}

/** What cannot even be begun is an error of this operation, and no reason to close a connection. */
async function sourceOf(args: SubscriptionArgs): Promise<AsyncIterable<unknown> | ExecutionResult> {
  const source = await createSourceEventStream(args).catch((error: unknown): ExecutionResult => {
    const originalError = error instanceof Error ? error : new Error(String(error));
    return { errors: [new GraphQLError(originalError.message, { originalError })] };
  });
  const interruption = 'errors' in source ? interruptionIn(source.errors) : undefined;
  return interruption === undefined ? source : interruptedFromTheStart(interruption);
}

function interruptedFromTheStart(interruption: StreamInterrupted): AsyncIterable<never> {
  return {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(interruption) }),
  };
}

async function nextOf(source: AsyncIterator<object>): Promise<IteratorResult<object, unknown>> {
  try {
    return await source.next();
  } catch (error) {
    throw interruptionBy(error) ?? error;
  }
}

/** Waited for before the same is asked again: thousands would come back for a moment's trouble. */
const PAUSES_MS = [100, 1_000];

async function executeFor(args: SubscriptionArgs, rootValue: object): Promise<ExecutionResult> {
  for (let failures = 0; ; failures += 1) {
    // A context of its own: the loaders that a resolver puts there belong to this event alone.
    const contextValue = { ...args.contextValue };
    const result = await execute({ ...args, rootValue, contextValue });
    const interruption = interruptionIn(result.errors);
    if (interruption === undefined) return result;
    const pauseMs = PAUSES_MS[failures];
    if (pauseMs === undefined) throw interruption;
    await pause(pauseMs);
  }
}

function keyOf(
  { document, operationName, variableValues, contextValue: { caller } }: SubscriptionArgs,
  documentNumber: number,
): string {
  const variables = variablesOfAnswer(document).map((name) => variableValues?.[name] ?? null);
  return JSON.stringify([documentNumber, operationName, variables, caller.role, caller.storeIds]);
}

const knownVariables = new WeakMap<DocumentNode, readonly string[]>();

/**
 * The variables that an answer depends on. Those of the root field only choose what is heard: a
 * till that came back with another cursor still belongs to the others.
 */
function variablesOfAnswer(document: DocumentNode): readonly string[] {
  const known = knownVariables.get(document);
  if (known !== undefined) return known;

  const names = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION)
      collect(withoutRootArguments(definition), names);
    else if (definition.kind === Kind.FRAGMENT_DEFINITION) collect(definition, names);
  }
  const sorted = [...names].sort();
  knownVariables.set(document, sorted);
  return sorted;
}

function withoutRootArguments(operation: OperationDefinitionNode): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.map((selection) =>
    selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection,
  );
  return {
    ...operation,
    variableDefinitions: [],
    selectionSet: { ...operation.selectionSet, selections },
  };
}

function collect(node: OperationDefinitionNode | FragmentDefinitionNode, names: Set<string>): void {
  visit(node, {
    Variable: ({ name }) => {
      names.add(name.value);
    },
  });
}

/** Documents are kept by prepare-operation.ts, so one text is one object. */
function createNumbering(): (document: DocumentNode) => number {
  const numbers = new WeakMap<DocumentNode, number>();
  let last = 0;
  return (document) => {
    const known = numbers.get(document) ?? (last += 1);
    numbers.set(document, known);
    return known;
  };
}
