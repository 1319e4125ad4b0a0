import { names } from '@nx/devkit';

import { type OperationOptions } from './operation.generator';

/** A parameter or a field of an answer under both of its names. */
export interface WireField {
  /** Alipay's: `out_trade_no`. */
  readonly wire: string;
  /** Ours: `outTradeNo`. */
  readonly property: string;
  readonly isOptional: boolean;
}

/** Every name that the files of an operation need. */
export interface OperationNames {
  readonly service: string;
  /** The call: `acquireClose`. */
  readonly name: string;
  /** Its types begin with it: `AcquireClose`. */
  readonly type: string;
  readonly file: string;
  readonly parameters: readonly WireField[];
  /** The parameter that a genuine answer repeats. */
  readonly id: WireField;
  /** What the answer holds: the id first. */
  readonly answers: readonly WireField[];
}

const SERVICE = /^[a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)+$/;
const FIELD = /^[a-z][a-z0-9_]*\??$/;
/** Sent with every call, by the client itself. */
const OF_EVERY_CALL = ['service', 'partner', '_input_charset', 'sign', 'sign_type'];

export function operationNames(options: OperationOptions): OperationNames {
  const { service, parameters, answers = '' } = options;
  if (!SERVICE.test(service)) throw new Error(`${service} is no name of a service.`);
  const name = options.name ?? lastTwoWords(service);
  const sent = fieldsIn(parameters);
  const [id] = sent;
  if (id === undefined || id.isOptional) {
    throw new Error('parameters begins with the id that the answer repeats, such as out_trade_no.');
  }
  const told = fieldsIn(answers).filter(({ wire }) => wire !== id.wire);
  const { className: type, fileName: file } = names(name);
  return { service, name, type, file, parameters: sent, id, answers: [id, ...told] };
}

function lastTwoWords(service: string): string {
  return names(service.split('.').slice(-2).join('-')).propertyName;
}

function fieldsIn(text: string): WireField[] {
  const given = text
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
  for (const field of given) {
    if (!FIELD.test(field)) throw new Error(`${field} is no name of a field: lower case and _.`);
  }
  const fields = given.map((field) => {
    const wire = field.replace('?', '');
    return { wire, property: names(wire).propertyName, isOptional: field.endsWith('?') };
  });
  const twice = fields.find(({ wire }, index) =>
    fields.slice(0, index).some((earlier) => earlier.wire === wire),
  );
  if (twice !== undefined) throw new Error(`${twice.wire} stands there twice.`);
  const everywhere = fields.find(({ wire }) => OF_EVERY_CALL.includes(wire));
  if (everywhere !== undefined) throw new Error(`${everywhere.wire} is sent by every call.`);
  return fields;
}
