'use strict';
(() => {
  const { authorization, operations, sandboxScript } = window.countersign;
  const endpoint = location.origin + location.pathname;
  const socketEndpoint = endpoint.replace(/^http/, 'ws');
  const sandboxPatienceMs = 4000;
  const byId = (id) => document.getElementById(id);
  let isDecided = false;

  const decide = (show) => {
    if (isDecided) return;
    isDecided = true;
    show();
  };

  /* Apollo Sandbox, where its script can be loaded. */
  const script = document.createElement('script');
  script.src = sandboxScript;
  script.onload = () => decide(showSandbox);
  script.onerror = () => decide(showExplorer);
  document.head.append(script);
  setTimeout(() => decide(showExplorer), sandboxPatienceMs);

  function showSandbox() {
    new window.EmbeddedSandbox({
      target: '#sandbox',
      initialEndpoint: endpoint,
      initialSubscriptionEndpoint: socketEndpoint,
      hideCookieToggle: true,
      includeCookies: false,
      runTelemetry: false,
      initialState: {
        document: operations.join('\n\n'),
        headers: authorization === '' ? {} : { authorization },
        includeCookies: false,
        pollForSchemaUpdates: false,
      },
    });
  }

  /* Our own: one operation at a time, over HTTP or over a WebSocket. */
  function showExplorer() {
    byId('sandbox').remove();
    byId('explorer').style.display = 'flex';
    byId('authorization').value = authorization;
    operations.forEach((operation, index) => {
      const name = /^(?:query|mutation|subscription) (\w+)/m.exec(operation)?.[1] ?? String(index);
      byId('examples').add(new Option(name, String(index)));
    });
    byId('examples').onchange = () => choose(operations[Number(byId('examples').value)]);
    byId('run').onclick = run;
    byId('stop').onclick = () => stop('Stopped.');
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) run();
    });
    if (operations.length > 0) choose(operations[0]);
  }

  /* The last id of each type that an answer held, for the examples that ask for one. */
  const TYPE_OF = {
    merchantId: 'Merchant',
    storeId: 'Store',
    qrCodeId: 'QrCode',
    transactionId: 'Transaction',
    id: 'Transaction',
    refundId: 'Refund',
    notificationId: 'Notification',
  };
  const seen = new Map();

  function remember(name, value) {
    if (name !== 'id' || typeof value !== 'string') return value;
    try {
      seen.set(atob(value.replaceAll('-', '+').replaceAll('_', '/')).split(':')[0], value);
    } catch {
      /* Not an id of ours: nothing to remember. */
    }
    return value;
  }

  function choose(operation) {
    const shown = /^# Variables: (.*)$/m.exec(operation)?.[1] ?? '{}';
    const variables = JSON.parse(shown, (name, value) =>
      value === '' ? (seen.get(TYPE_OF[name]) ?? '') : value,
    );
    byId('operation').value = operation;
    byId('variables').value = JSON.stringify(variables, null, 2);
  }

  let socket;

  function run() {
    stop('');
    byId('result').textContent = '';
    let payload;
    try {
      payload = {
        query: byId('operation').value,
        variables: JSON.parse(byId('variables').value || '{}'),
      };
    } catch (error) {
      show(`The variables are no JSON: ${error.message}`);
      return;
    }
    if (/^\s*subscription\b/m.test(payload.query)) subscribe(payload);
    else void post(payload);
  }

  async function post(payload) {
    byId('state').textContent = 'Asking…';
    const startedAt = performance.now();
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: byId('authorization').value },
        body: JSON.stringify(payload),
      });
      show(await response.json());
      const milliseconds = Math.round(performance.now() - startedAt);
      byId('state').textContent = `${response.status}, ${milliseconds} ms`;
    } catch (error) {
      show(String(error));
      byId('state').textContent = 'No answer.';
    }
  }

  /* The protocol graphql-transport-ws, as much of it as one subscription needs. */
  function subscribe(payload) {
    const mine = new WebSocket(socketEndpoint, 'graphql-transport-ws');
    const send = (message) => mine.send(JSON.stringify(message));
    socket = mine;
    byId('stop').hidden = false;
    byId('state').textContent = 'Connecting…';
    mine.onopen = () =>
      send({ type: 'connection_init', payload: { authorization: byId('authorization').value } });
    mine.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'ping') send({ type: 'pong' });
      if (message.type === 'connection_ack') {
        byId('state').textContent = 'Listening…';
        send({ id: '1', type: 'subscribe', payload });
      }
      if (message.type === 'next' || message.type === 'error') show(message.payload);
      if (message.type === 'error' || message.type === 'complete') stop('The stream has ended.');
    };
    mine.onclose = ({ code, reason }) => {
      if (socket === mine) stop(`Closed: ${code} ${reason}`);
    };
  }

  function stop(state) {
    const mine = socket;
    socket = undefined;
    mine?.close();
    byId('stop').hidden = true;
    byId('state').textContent = state;
  }

  function show(content) {
    const text = typeof content === 'string' ? content : JSON.stringify(content, remember, 2);
    byId('result').textContent = `${text}\n\n${byId('result').textContent}`.trim();
  }
})();
