import { type Fields, formatGatewayTime, parseGatewayTime } from '@countersign/alipay-protocol';
import { type Client } from 'pg';

import { CommandStopped } from '../../command-stopped';
import { type KeptCall } from './call-vectors';
import { type KeptNotification } from './notification-vector';

export interface KeptDay {
  /** The Beijing day, `yyyy-MM-dd`. */
  readonly day: string;
  readonly notifications: readonly KeptNotification[];
  readonly calls: readonly KeptCall[];
}

/** Of each kind, the first that came. */
export const recordedMax = 500;
const dayMs = 86_400_000;

/** What the books keep of one day; of the first on which Alipay spoke, when none is named. */
export async function readDay(client: Client, wished: string | undefined): Promise<KeptDay> {
  const day = wished ?? (await firstDay(client));
  const from = beginningOf(day);
  const bounds = [from, new Date(from.getTime() + dayMs), recordedMax];
  const notifications = await client.query<{ body: Buffer; content_type: string | null }>(
    `select body, content_type from notifications
     where status <> 'REFUSED' and received_at >= $1 and received_at < $2
     order by received_at, id limit $3`,
    bounds,
  );
  const calls = await client.query<{ service: string; request: Fields; response: Fields | null }>(
    `select service, request, response from gateway_calls
     where started_at >= $1 and started_at < $2 order by started_at, id limit $3`,
    bounds,
  );
  return {
    day,
    notifications: notifications.rows.map(({ body, content_type: contentType }) => ({
      body,
      contentType,
    })),
    calls: calls.rows,
  };
}

async function firstDay(client: Client): Promise<string> {
  const { rows } = await client.query<{ first: Date | null }>(
    `select min(received_at) as first from notifications where status <> 'REFUSED'`,
  );
  const first = rows[0]?.first ?? null;
  if (first === null) {
    throw new CommandStopped('Alipay has told of nothing yet: there is no day to record.');
  }
  return formatGatewayTime(first).slice(0, 10);
}

function beginningOf(day: string): Date {
  try {
    return parseGatewayTime(`${day} 00:00:00`);
  } catch {
    throw new CommandStopped(`${day} is no day: write it as 2026-01-02.`);
  }
}
