/* Apollo Sandbox, where its script and its frame can be reached; else the explorer of our own. */
const SANDBOX_FRAME_ORIGIN = 'https://sandbox.embed.apollographql.com';
const patience = { scriptMs: 4_000, frameMs: 10_000 };
/** What a till needs first. All of it travels in the address of a frame, which must stay short. */
const FIRST_LOOK = [
  ...['WhoAmI', 'RegisterMerchant', 'RegisterStore', 'CreateQrCode', 'LivePayments'],
  ...['Transactions', 'ClaimTransaction', 'RefundTransaction', 'SalesReport'],
];
let sandbox;
let shown = 'nothing';

function begin() {
  if (location.hash === '#built-in') {
    useOwn('');
    return;
  }
  byId('wait-no-more').onclick = () => useOwn('');
  const away = 'Apollo Sandbox cannot be reached from here: this explorer comes with the API.';
  const fallBack = () => shown === 'nothing' && useOwn(away);
  setTimeout(fallBack, patience.scriptMs);
  const script = element('script', { src: window.countersign.sandboxScript, onerror: fallBack });
  // Who has begun to work in the other explorer by then is not interrupted.
  script.onload = () => (shown === 'nothing' ? useSandbox() : offer('Apollo Sandbox', useSandbox));
  document.head.append(script);
}

function useOwn(note) {
  shown = 'own';
  sandbox?.dispose();
  sandbox = undefined;
  byId('switch').hidden = true;
  showExplorer(note);
  if (window.EmbeddedSandbox) offer('Apollo Sandbox', useSandbox);
}

function useSandbox() {
  shown = 'sandbox';
  for (const id of ['waiting', 'explorer', 'authorization-field']) byId(id).hidden = true;
  for (const id of ['sandbox', 'example-choice']) byId(id).hidden = false;
  offer('Built-in explorer', () => useOwn(''));
  const select = byId('example');
  select.replaceChildren(
    new Option('A day at the till', ''),
    ...examples.map(({ name }, index) => new Option(name, String(index))),
  );
  select.onchange = () =>
    embed(select.value === '' ? firstLook() : oneExample(examples[Number(select.value)]));
  try {
    embed(firstLook());
    fallBackUnlessTheFrameSpeaks();
  } catch (error) {
    useOwn(`Apollo Sandbox does not start (${error.message}): this explorer comes with the API.`);
  }
}

function firstLook() {
  const chosen = window.countersign.operations.filter((_, index) =>
    FIRST_LOOK.includes(examples[index].name),
  );
  return { document: chosen.join('\n\n'), variables: {} };
}

function oneExample(example) {
  return { document: example.text, variables: variablesFor(example).filled };
}

function embed(filledIn) {
  sandbox?.dispose();
  const { authorization } = window.countersign;
  sandbox = new window.EmbeddedSandbox({
    target: '#sandbox',
    initialEndpoint: endpoint,
    initialSubscriptionEndpoint: socketEndpoint,
    endpointIsEditable: false,
    allowDynamicStyles: false,
    hideCookieToggle: true,
    runTelemetry: false,
    handleRequest: askForSandbox,
    initialState: {
      ...filledIn,
      headers: authorization === '' ? {} : { authorization },
      includeCookies: false,
      pollForSchemaUpdates: false,
    },
  });
}

/** As Sandbox asks by itself; besides, the ids that come back fill in the next example. */
async function askForSandbox(url, options) {
  const response = await fetch(url, options);
  response
    .clone()
    .json()
    .then(rememberIds, () => undefined);
  return response;
}

/** The script may come from a cache while the page in the frame cannot be reached. */
function fallBackUnlessTheFrameSpeaks() {
  const timer = setTimeout(() => {
    window.removeEventListener('message', heard);
    if (shown !== 'sandbox') return;
    useOwn('Apollo Sandbox does not answer: this explorer comes with the API.');
  }, patience.frameMs);
  const heard = ({ origin }) => {
    if (origin !== SANDBOX_FRAME_ORIGIN) return;
    clearTimeout(timer);
    window.removeEventListener('message', heard);
  };
  window.addEventListener('message', heard);
}

function offer(name, use) {
  byId('switch').textContent = name;
  byId('switch').onclick = use;
  byId('switch').hidden = false;
}

begin();
