import { useQuery } from '@apollo/client/react';
import { useState } from 'react';

import { DailyTotalsDocument } from './gql/graphql';

/** What was paid and given back in one Beijing day. Amounts stay text: they are exact. */
export function DailyTotals({ storeId }: { storeId: string }) {
  const [day, setDay] = useState(beijingDay(new Date()));
  const { data, error, refetch } = useQuery(DailyTotalsDocument, {
    variables: { day, storeId },
    fetchPolicy: 'cache-and-network',
  });

  return (
    <section>
      <label>
        Day{' '}
        <input
          type="date"
          value={day}
          onChange={(event) => {
            setDay(event.target.value);
          }}
        />
      </label>
      <button onClick={() => void refetch()}>Read again</button>
      {error !== undefined && <p role="alert">{error.message}</p>}
      <table>
        <thead>
          <tr>
            {['Store', 'Payments', 'Paid', 'Given back', 'Left'].map((title) => (
              <th key={title}>{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {(data?.salesReport ?? []).map((line) => (
            <tr key={`${line.key} ${line.currency}`}>
              <td>{line.label}</td>
              <td>{line.count}</td>
              <td>
                {line.currency} {line.gross}
              </td>
              <td>{line.refunded}</td>
              <td>{line.net}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function beijingDay(instant: Date): string {
  return instant.toLocaleDateString('en-CA', { timeZone: 'Asia/Shanghai' });
}
