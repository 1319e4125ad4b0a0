/* The schema and its descriptions, to be searched and walked through. */
const TYPE_REF = 'kind name ofType { kind name ofType { kind name ofType { kind name } } }';
const INPUT_VALUE = `name description defaultValue isDeprecated deprecationReason type { ${TYPE_REF} }`;
const INTROSPECTION = `query Schema {
  __schema {
    types {
      kind name description
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args(includeDeprecated: true) { ${INPUT_VALUE} }
        type { ${TYPE_REF} }
      }
      inputFields(includeDeprecated: true) { ${INPUT_VALUE} }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
    }
  }
}`;
const ROOTS = ['Query', 'Mutation', 'Subscription'];
const MOST_FOUND = 60;

async function loadSchema(authorization) {
  const { answer } = await post({ query: INTROSPECTION }, authorization);
  const types = answer.data?.__schema?.types;
  if (!types) throw new Error(answer.errors?.[0]?.message ?? 'The schema was not told.');
  return new Map(
    types.filter(({ name }) => !name.startsWith('__')).map((type) => [type.name, type]),
  );
}

const membersOf = (type) => type.fields ?? type.inputFields ?? type.enumValues ?? [];

function namedType(type) {
  return type.ofType ? namedType(type.ofType) : type.name;
}

function typeText(type) {
  if (type.kind === 'NON_NULL') return `${typeText(type.ofType)}!`;
  if (type.kind === 'LIST') return `[${typeText(type.ofType)}]`;
  return type.name;
}

/** Types and members of which every word stands in the name or in the description. */
function searchSchema(types, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (...texts) => {
    const all = texts.join(' ').toLowerCase();
    return words.every((word) => all.includes(word));
  };
  const found = [];
  for (const type of types.values()) {
    if (holds(type.name, type.description)) found.push({ type });
    for (const member of membersOf(type)) {
      const args = (member.args ?? []).flatMap(({ name, description }) => [name, description]);
      if (holds(type.name, member.name, member.description, ...args)) found.push({ type, member });
    }
  }
  // What is called so comes before what only speaks of it.
  const rank = ({ type, member }) =>
    (member ?? type).name.toLowerCase().includes(words[0] ?? '') ? 0 : 1;
  return found.sort((left, right) => rank(left) - rank(right));
}

/** What the panel shows: a search's finds, one type, or the way in. */
function schemaView(types, { search, typeName }, go) {
  const link = (name) =>
    element('button', {
      type: 'button',
      className: 'link',
      textContent: name,
      onclick: () => go(name),
    });
  const typeLink = (type) => [
    ...typeText(type)
      .split(/(\w+)/)
      .map((part) => (part === namedType(type) ? link(part) : part)),
  ];
  const inputLine = (input) => [
    element('dt', {}, element('code', {}, `${input.name}: `, ...typeLink(input.type))),
    element('dd', {
      textContent: [
        input.description,
        input.defaultValue === null || input.defaultValue === undefined
          ? ''
          : `Left out: ${input.defaultValue}.`,
        input.isDeprecated ? `Deprecated: ${input.deprecationReason}` : '',
      ]
        .filter(Boolean)
        .join(' '),
    }),
  ];
  const memberLines = (member, owner) => {
    if (!member.args && member.type) return inputLine(member);
    const name = owner ? [link(owner.name), `.${member.name}`] : [member.name];
    const type = member.type ? [': ', ...typeLink(member.type)] : [];
    return [
      element('dt', {}, element('code', {}, ...name, ...type)),
      element(
        'dd',
        {},
        member.description ?? '',
        member.isDeprecated ? ` Deprecated: ${member.deprecationReason}` : '',
        ...(member.args?.length ? [element('dl', {}, ...member.args.flatMap(inputLine))] : []),
      ),
    ];
  };

  if (search !== '') {
    const found = searchSchema(types, search);
    if (found.length === 0)
      return [element('p', { textContent: 'Nothing is called so, or speaks of it.' })];
    const lines = found.slice(0, MOST_FOUND).flatMap(({ type, member }) => {
      if (member) return memberLines({ args: [], ...member }, type);
      return [
        element('dt', {}, element('code', {}, link(type.name))),
        element('dd', { textContent: type.description ?? '' }),
      ];
    });
    const rest = found.length - MOST_FOUND;
    return [
      element('dl', {}, ...lines),
      ...(rest > 0 ? [element('p', { textContent: `… and ${rest} more: add a word.` })] : []),
    ];
  }
  const type = types.get(typeName);
  if (type) {
    return [
      element('p', {}, link('All types')),
      element('h2', { textContent: type.name }),
      element('p', { textContent: type.description ?? '' }),
      element('dl', {}, ...membersOf(type).flatMap((member) => memberLines(member))),
    ];
  }
  const others = [...types.keys()].filter((name) => !ROOTS.includes(name)).sort();
  return [
    element(
      'p',
      {},
      'Begin with ',
      link('Query'),
      ', ',
      link('Mutation'),
      ' or ',
      link('Subscription'),
      '.',
    ),
    element('dl', {}, ...others.map((name) => element('dt', {}, element('code', {}, link(name))))),
  ];
}
