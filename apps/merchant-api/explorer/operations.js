/* The example operations, and the ids with which they are filled in. */
const examples = window.countersign.operations.map((text, index) => {
  const [, kind = 'query', name = `Operation ${index + 1}`] =
    /^(query|mutation|subscription) (\w+)/m.exec(text) ?? [];
  const about = /^# (?!Variables: )(.*)$/m.exec(text)?.[1] ?? '';
  const variables = /^# Variables: (.*)$/m.exec(text)?.[1] ?? '{}';
  // The variables have an editor of their own.
  return { kind, name, about, variables, text: text.replace(/^# Variables: .*\n/m, '') };
});

/** The id of each type that was seen last; of a list it is the first, which is the newest. */
const seenIds = new Map();

function rememberIds(answer) {
  const found = new Map();
  JSON.stringify(answer, (key, value) => {
    if (key !== 'id' || typeof value !== 'string') return value;
    try {
      const [type] = atob(value.replaceAll('-', '+').replaceAll('_', '/')).split(':');
      if (!found.has(type)) found.set(type, value);
    } catch {
      /* Not an id of ours: nothing to remember. */
    }
    return value;
  });
  for (const [type, id] of found) seenIds.set(type, id);
}

const beijingDay = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' });

/** An example's variables, with this month for a report, and with the last id of the right type wherever one is asked for. */
function variablesFor({ variables, name: example }) {
  const missing = [];
  const today = beijingDay.format(new Date());
  const filled = JSON.parse(variables, (key, value) => {
    if (key === 'from') return today.replace(/\d\d$/, '01');
    if (key === 'to') return today;
    if (value !== '' || !/^id$|Id$/.test(key)) return value;
    const type = key === 'id' ? 'Transaction' : key[0].toUpperCase() + key.slice(1, -'Id'.length);
    if (!seenIds.has(type)) missing.push(key);
    return seenIds.get(type) ?? '';
  });
  return { filled, missing, example };
}

/** Which operation of a document runs: the only one, or the one in which the cursor stands. */
function operationAt(text, position) {
  const found = [...text.matchAll(/^\s*(query|mutation|subscription)\b\s*(\w+)?/gm)];
  const chosen = found.filter(({ index }) => index <= position).at(-1) ?? found[0];
  return {
    isSubscription: chosen?.[1] === 'subscription',
    // Without a name the server would not know which one is meant; alone it needs none.
    operationName: found.length > 1 ? chosen?.[2] : undefined,
  };
}
