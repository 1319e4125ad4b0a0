import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  visit,
} from 'graphql';

export const documentDepthMax = 12;
/** Whether fields of the same name fit together is found out by comparing each with each. */
export const documentFieldsMax = 1_000;
export const documentAliasesMax = 50;
export const documentDirectivesMax = 50;
/** Values in one list, in a document or in its variables. */
export const listValuesMax = 500;
/** A page of examples in one document has about three thousand. */
export const documentTokensMax = 5_000;
/** More would tell nobody more, and each takes time to make. */
export const documentErrorsMax = 20;

export interface Size {
  readonly depth: number;
  readonly fields: number;
  readonly aliases: number;
  readonly directives: number;
  readonly isEndless: boolean;
}

const NOTHING: Size = { depth: 0, fields: 0, aliases: 0, directives: 0, isEndless: false };
const ENDLESS: Size = { ...NOTHING, isEndless: true };

/**
 * What is too much about a document, by its text alone. Looking into the schema is exempt from the
 * depth: its own query is deep, and graphql-js has a rule of its own for that.
 */
export function documentExcesses(document: DocumentNode): GraphQLError[] {
  const excesses: GraphQLError[] = [];
  for (const { depth, fields, aliases, directives, isEndless } of operationSizes(document)) {
    if (isEndless) excesses.push(refusal('This operation has fragments that hold themselves.'));
    if (depth > documentDepthMax) excesses.push(tooMuch(`${depth} levels deep`, documentDepthMax));
    if (fields > documentFieldsMax) {
      excesses.push(tooMuch(`${fields} fields long`, documentFieldsMax));
    }
    if (aliases > documentAliasesMax) {
      excesses.push(tooMuch(`${aliases} aliases long`, documentAliasesMax));
    }
    if (directives > documentDirectivesMax) {
      excesses.push(tooMuch(`${directives} directives long`, documentDirectivesMax));
    }
  }
  if (longestList(document) > listValuesMax) excesses.push(listTooLong());
  return excesses;
}

/** Of each operation in a document, with its fragments. */
export function operationSizes(document: DocumentNode): Size[] {
  const sizeOf = createMeasure(document);
  return document.definitions
    .filter((one) => one.kind === Kind.OPERATION_DEFINITION)
    .map(({ selectionSet, directives = [] }) => {
      const size = sizeOf(selectionSet);
      return { ...size, directives: size.directives + directives.length };
    });
}

/**
 * The same among the rules of a validation, for who runs one without asking first. It ends the
 * validation with its first error, before rules that take far longer begin with the fields.
 */
export function documentLimits(context: ValidationContext): ASTVisitor {
  return {
    Document: (document) => {
      const [excess] = documentExcesses(document);
      if (excess === undefined) return undefined;
      for (;;) context.reportError(excess); // graphql-js gives up at its limit of errors
    },
  };
}

export function listTooLong(): GraphQLError {
  return refusal(
    `A list in this operation is too long: at most ${listValuesMax} values are taken.`,
  );
}

export function refusal(message: string): GraphQLError {
  return new GraphQLError(message, {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 400 } },
  });
}

function tooMuch(size: string, max: number): GraphQLError {
  return refusal(
    `This operation is ${size}; at most ${max} are allowed. Ask for less, in several operations.`,
  );
}

function longestList(document: DocumentNode): number {
  let longest = 0;
  visit(document, {
    ListValue: ({ values }) => {
      longest = Math.max(longest, values.length);
    },
  });
  return longest;
}

/** Each fragment is measured once, so that fragments within fragments cost no more than themselves. */
function createMeasure(document: DocumentNode): (selections: SelectionSetNode) => Size {
  const fragments = new Map(
    document.definitions
      .filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  const measured = new Map<string, Size>();

  const fragmentSize = (name: string): Size => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    measured.set(name, ENDLESS); // found again before it is measured: it holds itself
    const fragment = fragments.get(name);
    const size = fragment === undefined ? NOTHING : sizeOf(fragment.selectionSet);
    measured.set(name, size);
    return size;
  };

  const sizeOf = ({ selections }: SelectionSetNode): Size => {
    let { depth, fields, aliases, directives, isEndless } = NOTHING;
    for (const selection of selections) {
      let inner = NOTHING;
      let level = 0;
      switch (selection.kind) {
        case Kind.FIELD:
          if (selection.selectionSet) inner = sizeOf(selection.selectionSet);
          if (selection.name.value.startsWith('__')) inner = { ...inner, depth: 0 };
          else level = 1;
          fields += 1;
          if (selection.alias !== undefined) aliases += 1;
          break;
        case Kind.FRAGMENT_SPREAD:
          inner = fragmentSize(selection.name.value);
          break;
        case Kind.INLINE_FRAGMENT:
          inner = sizeOf(selection.selectionSet);
          break;
      }
      depth = Math.max(depth, inner.depth + level);
      fields += inner.fields;
      aliases += inner.aliases;
      directives += inner.directives + (selection.directives?.length ?? 0);
      isEndless ||= inner.isEndless;
    }
    return { depth, fields, aliases, directives, isEndless };
  };
  return sizeOf;
}
