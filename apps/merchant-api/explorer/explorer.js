/* The explorer that comes with the API: it needs nothing from elsewhere. */
const byId = (id) => document.getElementById(id);
const authorizationNow = () => byId('authorization').value.trim();
let listening;
let lastAnswer;
let isSetUp = false;

function showExplorer(note = '') {
  for (const id of ['waiting', 'sandbox', 'example-choice']) byId(id).hidden = true;
  for (const id of ['explorer', 'authorization-field']) byId(id).hidden = false;
  say(note);
  if (isSetUp) return;
  isSetUp = true;

  byId('authorization').value = window.countersign.authorization;
  byId('reveal').onclick = () => {
    const isHidden = byId('authorization').type === 'password';
    byId('authorization').type = isHidden ? 'text' : 'password';
    byId('reveal').textContent = isHidden ? 'Hide' : 'Show';
    byId('reveal').ariaPressed = String(isHidden);
  };
  byId('examples').append(
    ...examples.map((example) =>
      element(
        'button',
        { type: 'button', title: example.about, onclick: () => choose(example) },
        element('span', { textContent: example.name }),
        element('small', { textContent: example.kind }),
      ),
    ),
  );
  byId('variables').oninput = () => {
    byId('hint').hidden = true;
  };
  byId('run').onclick = run;
  byId('stop').onclick = stop;
  byId('clear').onclick = clear;
  byId('copy').onclick = () =>
    navigator.clipboard.writeText(JSON.stringify(lastAnswer, null, 2)).then(
      () => say('Copied.'),
      () => say('The browser does not let this page copy.'),
    );
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run();
    if (event.key === 'Escape' && listening) stop();
  });
  showTabs();
  clear();
  if (examples.length > 0) choose(examples[0]);
}

function showTabs() {
  const tabs = ['examples', 'schema'];
  const select = (chosen) => {
    for (const name of tabs) {
      const tab = byId(`${name}-tab`);
      tab.ariaSelected = String(name === chosen);
      tab.tabIndex = name === chosen ? 0 : -1;
      byId(name).hidden = name !== chosen;
    }
    if (chosen === 'schema') void openSchema();
  };
  tabs.forEach((name, index) => {
    const tab = byId(`${name}-tab`);
    tab.onclick = () => select(name);
    tab.onkeydown = ({ key }) => {
      if (key !== 'ArrowLeft' && key !== 'ArrowRight') return;
      const other = tabs[(index + 1) % tabs.length];
      select(other);
      byId(`${other}-tab`).focus();
    };
  });
  select('examples');
}

let types;

async function openSchema() {
  const show = (...nodes) => byId('schema-found').replaceChildren(...nodes);
  if (types === undefined) {
    show('Asking for the schema…');
    try {
      types = await loadSchema(authorizationNow());
    } catch (error) {
      show(`The schema cannot be shown: ${error.message} Open this tab again to retry.`);
      return;
    }
  }
  const search = byId('schema-search');
  const go = (typeName) => {
    if (typeName !== undefined) search.value = '';
    show(...schemaView(types, { search: search.value.trim(), typeName }, go));
    byId('schema-found').scrollTop = 0;
    if (typeName !== undefined) byId('schema-found').focus();
  };
  search.oninput = () => go();
  go();
}

function choose(example) {
  const { filled, missing } = variablesFor(example);
  byId('operation').value = example.text;
  byId('operation').scrollTop = 0;
  byId('variables').value = JSON.stringify(filled, null, 2);
  byId('hint').hidden = missing.length === 0;
  byId('hint').textContent =
    `Empty: ${missing.join(', ')}. Run something that answers it, then choose this example again: the last id seen is filled in.`;
  for (const button of byId('examples').children) {
    button.ariaCurrent = String(button.firstChild.textContent === example.name);
  }
}

/** What listens goes on listening beside it, until something else is listened to. */
function run() {
  const query = byId('operation').value;
  const { isSubscription, operationName } = operationAt(query, byId('operation').selectionStart);
  let variables;
  try {
    variables = JSON.parse(byId('variables').value.trim() || '{}');
  } catch (error) {
    keep(troubleArticle(`The variables are no JSON: ${error.message}`), undefined);
    say('Not sent.');
    return;
  }
  const payload = { query, variables, ...(operationName ? { operationName } : {}) };
  if (isSubscription) subscribe(payload);
  else void askOnce(payload);
}

async function askOnce(payload) {
  say('Asking…');
  const startedAt = performance.now();
  try {
    const { status, answer } = await post(payload, authorizationNow());
    const tells = `HTTP ${status}, ${Math.round(performance.now() - startedAt)} ms`;
    rememberIds(answer);
    keep(answerArticle(answer, `${clockTime()} · ${tells}`), answer);
    say(status === 401 ? `${tells}: fill in "Bearer …" above` : tells);
  } catch (error) {
    keep(troubleArticle(`No answer: ${error.message}`), undefined);
    say('No answer.');
  }
}

function subscribe(payload) {
  let events = 0;
  listening?.stop();
  byId('stop').hidden = false;
  listening = listen(payload, authorizationNow(), {
    onEvent: (answer) => {
      events += 1;
      rememberIds(answer);
      keep(answerArticle(answer, `${clockTime()} · event ${events}`), answer);
    },
    onState: sayOfStream,
    onEnd: (text) => {
      listening = undefined;
      byId('stop').hidden = true;
      sayOfStream(text);
    },
  });
}

function stop() {
  listening?.stop();
}

function keep(article, answer) {
  lastAnswer = answer;
  for (const id of ['copy', 'clear']) byId(id).hidden = false;
  byId('copy').hidden = answer === undefined;
  byId('answers').querySelector('.empty')?.remove();
  byId('answers').prepend(article);
  byId('answers').scrollTop = 0;
  // In a narrow window the answers lie below what was asked.
  if (innerWidth <= 1000) byId('answers').scrollIntoView({ block: 'nearest' });
  while (byId('answers').children.length > MOST_ANSWERS) byId('answers').lastChild.remove();
}

function clear() {
  byId('answers').replaceChildren(
    element('p', { className: 'empty', textContent: 'Choose an example and run it.' }),
  );
  for (const id of ['copy', 'clear']) byId(id).hidden = true;
}

function say(text) {
  byId('state').textContent = text;
}

function sayOfStream(text) {
  byId('stream').textContent = text;
}

function clockTime() {
  return new Date().toLocaleTimeString();
}
