import { ApolloProvider, useQuery } from '@apollo/client/react';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

import { createTillClient } from './client';
import { DailyTotals } from './daily-totals';
import { TillStoresDocument } from './gql/graphql';
import { LiveTill } from './live-till';

const DAY_MS = 24 * 60 * 60 * 1_000;

function Shop() {
  const { data, error } = useQuery(TillStoresDocument);
  const [chosen, setChosen] = useState<string>();
  const [paidFrom] = useState(() => new Date(Date.now() - DAY_MS).toISOString());
  const stores = data?.stores?.nodes ?? [];
  const storeId = chosen ?? stores[0]?.id;

  if (error !== undefined) return <p role="alert">{error.message}</p>;
  if (storeId === undefined) return <p>No store yet: run the examples up to CreateQrCode.</p>;
  return (
    <main>
      <select
        aria-label="Store"
        value={storeId}
        onChange={(event) => {
          setChosen(event.target.value);
        }}
      >
        {stores.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <LiveTill key={storeId} storeId={storeId} paidFrom={paidFrom} />
      <DailyTotals storeId={storeId} />
    </main>
  );
}

// For trying out: http://localhost:5173/#url=http://localhost:4000/graphql&token=…
const given = new URLSearchParams(location.hash.slice(1));
const client = createTillClient(
  given.get('url') ?? 'http://localhost:4000/graphql',
  given.get('token') ?? '',
);
const root = document.getElementById('root');
if (root === null) throw new Error('The page has no #root.');
createRoot(root).render(
  <StrictMode>
    <ApolloProvider client={client}>
      <Shop />
    </ApolloProvider>
  </StrictMode>,
);
