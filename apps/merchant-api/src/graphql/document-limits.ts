import {
  type ASTVisitor,
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';

export const documentDepthMax = 12;
export const documentAliasesMax = 50;
/** A page of examples in one document has about three thousand. */
export const documentTokensMax = 5_000;

interface Size {
  readonly depth: number;
  readonly aliases: number;
}

const NOTHING: Size = { depth: 0, aliases: 0 };

/**
 * Refuses what is too deep or repeats itself too often, before anything is read for it. Looking
 * into the schema is exempt from the depth: its own query is deep, and costs nothing.
 */
export function documentLimits(context: ValidationContext): ASTVisitor {
  return {
    Document: (document) => {
      const sizeOf = createMeasure(document);
      for (const definition of document.definitions) {
        if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
        const { depth, aliases } = sizeOf(definition.selectionSet);
        if (depth > documentDepthMax) {
          refuse(context, `${depth} levels deep; at most ${documentDepthMax} are allowed`);
        }
        if (aliases > documentAliasesMax) {
          refuse(context, `${aliases} aliases long; at most ${documentAliasesMax} are allowed`);
        }
      }
      return undefined;
    },
  };
}

function refuse(context: ValidationContext, excess: string): void {
  context.reportError(
    new GraphQLError(`This operation is ${excess}. Ask for less, in several operations.`, {
      extensions: { code: 'BAD_USER_INPUT' },
    }),
  );
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
    measured.set(name, NOTHING); // A fragment that contains itself is refused by another rule.
    const fragment = fragments.get(name);
    const size = fragment === undefined ? NOTHING : sizeOf(fragment.selectionSet);
    measured.set(name, size);
    return size;
  };

  const sizeOf = ({ selections }: SelectionSetNode): Size => {
    let depth = 0;
    let aliases = 0;
    for (const selection of selections) {
      let inner = NOTHING;
      switch (selection.kind) {
        case Kind.FIELD: {
          if (selection.name.value.startsWith('__')) continue;
          const below = selection.selectionSet ? sizeOf(selection.selectionSet) : NOTHING;
          inner = {
            depth: below.depth + 1,
            aliases: below.aliases + (selection.alias === undefined ? 0 : 1),
          };
          break;
        }
        case Kind.FRAGMENT_SPREAD:
          inner = fragmentSize(selection.name.value);
          break;
        case Kind.INLINE_FRAGMENT:
          inner = sizeOf(selection.selectionSet);
          break;
      }
      depth = Math.max(depth, inner.depth);
      aliases += inner.aliases;
    }
    return { depth, aliases };
  };
  return sizeOf;
}
