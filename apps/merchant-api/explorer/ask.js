/* How the API is asked: by HTTP, and by a WebSocket that comes back with the last cursor. */
const endpoint = location.origin + location.pathname;
const socketEndpoint = endpoint.replace(/^http/, 'ws');
const reconnectPause = { firstMs: 1_000, mostMs: 15_000 };

async function post(payload, authorization) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(authorization === '' ? {} : { authorization }),
    },
    body: JSON.stringify(payload),
  });
  const text = await response.text();
  try {
    return { status: response.status, answer: JSON.parse(text) };
  } catch {
    throw new Error(`The answer (${response.status}) is no JSON: ${text.slice(0, 500)}`);
  }
}

/**
 * Listens until it is told to stop, or the server says that it is over. A line that breaks is taken
 * up again from the last cursor, where the operation has a variable `$after` and asks for `cursor`.
 */
function listen(payload, authorization, { onEvent, onState, onEnd }) {
  let socket;
  let timer;
  let cursor;
  let pauseMs = reconnectPause.firstMs;
  let isOver = false;

  const end = (text) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    socket.close(1000);
    onEnd(text);
  };
  const connect = () => {
    const mine = new WebSocket(socketEndpoint, 'graphql-transport-ws');
    const send = (message) => mine.send(JSON.stringify(message));
    socket = mine;
    mine.onopen = () =>
      send({ type: 'connection_init', payload: authorization === '' ? {} : { authorization } });
    mine.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === 'ping') send({ type: 'pong' });
      if (message.type === 'connection_ack') {
        pauseMs = reconnectPause.firstMs;
        onState(`Listening${fromWhere()}…`);
        send({ id: '1', type: 'subscribe', payload: payloadFromHere() });
      }
      if (message.type === 'next') {
        cursor = Object.values(message.payload.data ?? {})[0]?.cursor ?? cursor;
        onEvent(message.payload);
      }
      if (message.type === 'error') {
        onEvent({ errors: message.payload });
        end('Refused.');
      }
      if (message.type === 'complete') end('The stream has ended.');
    };
    mine.onclose = ({ code, reason }) => {
      if (isOver) return;
      // By the protocol 44xx is a refusal: the same again would be refused again.
      if (code >= 4400 && code < 4500) return end(`Closed by the server: ${code} ${reason}`);
      const seconds = Math.round(pauseMs / 1_000);
      onState(`The line broke (${code}). Trying again in ${seconds} s…`);
      timer = setTimeout(connect, pauseMs);
      pauseMs = Math.min(2 * pauseMs, reconnectPause.mostMs);
    };
  };
  const canGoOn = () => cursor !== undefined && /\$after\b/.test(payload.query);
  const payloadFromHere = () =>
    canGoOn() ? { ...payload, variables: { ...payload.variables, after: cursor } } : payload;
  const fromWhere = () => (canGoOn() ? ' from the last cursor on' : '');

  onState('Connecting…');
  connect();
  return { stop: () => end('Stopped.') };
}
