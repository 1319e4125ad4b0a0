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
 * Results one after the other. While its reader waits for the next, a stream of events hands them
 * over at once (`EventStream`), in one pass over all who are told the same.
 */
export interface Results extends AsyncIterableIterator<ExecutionResult> {
  handTo?(reader: ResultReader): void;
}

export interface ResultReader {
  /** Is done when it calls back. */
  readonly tell: (result: ExecutionResult, done: () => void) => void;
  /** Nothing more comes. */
  readonly failed: (error: unknown) => void;
}

/**
 * Subscribes as graphql-js does, and executes once for all who hear of the same thing. The stream
 * throws `StreamInterrupted` when what was to be told cannot be read now.
 */
export type SubscribeTogether = (args: SubscriptionArgs) => Promise<Results | ExecutionResult>;

/**
 * Tills that watch the same store with the same document are told the same. What each of them is
 * told is worked out once: for one event, one document, the variables that its answer depends on,
 * and one scope. The event itself is the same object for all who hear of it live.
 */
export function createSubscribeTogether(): SubscribeTogether {
  const tellingsOf = new WeakMap<object, Map<string, Telling>>();
  const numberOf = createNumbering();

  return async (args) => {
    const stream = await sourceOf(args);
    if (!(Symbol.asyncIterator in stream)) return stream;

    const source = stream[Symbol.asyncIterator]() as Source;
    const key = keyOf(args, numberOf(args.document));
    const tellingOf = (value: object): Telling => {
      const known = tellingsOf.get(value) ?? new Map<string, Telling>();
      tellingsOf.set(value, known);
      const telling = known.get(key) ?? beginTelling(executeFor(args, value));
      known.set(key, telling);
      return telling;
    };
    const results: Results = {
      next: async () => {
        const next = await nextOf(source);
        if (next.done === true) return { done: true, value: undefined };
        try {
          return { done: false, value: await tellingOf(next.value).result };
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
    if (source.handTo === undefined) return results;
    return Object.assign(results, {
      handTo: (reader: ResultReader) =>
        source.handTo?.((value, done) => {
          tellingOf(value).to(reader, done);
        }),
    });
  };
}

interface Source extends AsyncIterator<object> {
  handTo?(read: (value: object, done: () => void) => void): void;
}

interface Telling {
  readonly result: Promise<ExecutionResult>;
  /** Tells a reader as soon as it is known, all who wait for it in one pass. */
  readonly to: (reader: ResultReader, done: () => void) => void;
}

function beginTelling(result: Promise<ExecutionResult>): Telling {
  let tell: ((reader: ResultReader, done: () => void) => void) | undefined;
  let waiting: [ResultReader, () => void][] = [];
  const tellAll = (way: typeof tell): void => {
    tell = way;
    for (const [reader, done] of waiting) way?.(reader, done);
    waiting = [];
  };
  result.then(
    (known) => {
      tellAll((reader, done) => {
        try {
          reader.tell(known, done);
        } catch (error) {
          reader.failed(error); // one that cannot be written to keeps nobody else from hearing
        }
      });
    },
    (error: unknown) => {
      tellAll((reader) => {
        reader.failed(error);
      });
    },
  );
  return {
    result,
    to: (reader, done) => {
      if (tell === undefined) waiting.push([reader, done]);
      else tell(reader, done);
    },
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

async function nextOf(source: Source): Promise<IteratorResult<object, unknown>> {
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
  // Left out is not null: only the former stands for the default, and where null may not stand it is a mistake.
  const variables = variablesOfAnswer(document).map((name) => {
    const value = variableValues?.[name];
    return value === undefined ? [] : [value];
  });
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
