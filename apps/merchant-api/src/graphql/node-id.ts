/** The types that a node id can name; the name is part of the id. */
export const NODE_TYPES = [
  'Merchant',
  'Store',
  'QrCode',
  'Transaction',
  'Refund',
  'TransactionEvent',
  'Notification',
  'GatewayCall',
  'Statement',
  'Discrepancy',
  'ApiKey',
] as const;

export type NodeType = (typeof NODE_TYPES)[number];

export interface NodeName {
  readonly type: NodeType;
  readonly uuid: string;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** No row has this id: a filter by an id that names nothing finds nothing. */
const NO_ROW = '00000000-0000-0000-0000-000000000000';

/** The opaque, globally unique id of a record. */
export function encodeNodeId(type: NodeType, uuid: string): string {
  return Buffer.from(`${type}:${uuid}`, 'latin1').toString('base64url');
}

/** What an id names, or null when it is not one of ours, spelt exactly as we spell it. */
export function decodeNodeId(id: string): NodeName | null {
  const [typeName, uuid, ...rest] = Buffer.from(id, 'base64url').toString('latin1').split(':');
  const type = NODE_TYPES.find((known) => known === typeName);
  if (type === undefined || uuid === undefined || rest.length > 0 || !UUID.test(uuid)) return null;
  return encodeNodeId(type, uuid) === id ? { type, uuid } : null;
}

/** The record's own id, or null when the node id is of another type or of none. */
export function uuidOf(type: NodeType, id: string): string | null {
  const name = decodeNodeId(id);
  return name?.type === type ? name.uuid : null;
}

/** For filters: an id that names no such record matches none. */
export function uuidToMatch(type: NodeType, id: string | null | undefined): string | undefined {
  return id === null || id === undefined ? undefined : (uuidOf(type, id) ?? NO_ROW);
}
