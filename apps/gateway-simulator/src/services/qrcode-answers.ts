import type { Fields } from '@countersign/alipay-protocol';
import {
  answered,
  echo,
  refused,
  type ParameterTable,
  type Service,
  type ServiceAnswer,
  type ServiceContext,
} from './service';
import { basicParameters, NOTIFY_URL } from './service';

/** What create, modify and modifyStatus have in common: their parameters and their way of saying no. */
export const QRCODE_PARAMETERS: ParameterTable = {
  ...basicParameters({ charset: 'required' }),
  timestamp: { required: true },
  notify_url: NOTIFY_URL,
  biz_type: { required: true, pattern: /^OVERSEASHOPQRCODE$/ },
};

export const BIZ_DATA = { required: true, bytesMax: 2000, isJson: true } as const;

export const qrcodeManners: Pick<Service, 'element' | 'timestamp' | 'sayNo' | 'sayUnknown'> = {
  element: 'qrcodeinfo',
  timestamp: 'beijing',
  sayNo: (context, fields, code) => ({
    error: code,
    ...echo(fields, 'qrcode'),
    result_code: context.variants().failureWord,
  }),
  sayUnknown: (context, fields) => ({
    ...echo(fields, 'qrcode'),
    result_code: context.variants().unknownWord,
  }),
};

/** The pages' tables of business errors were never seen; INVALID_PARAMETER is a code that they do name. */
export function qrcodeRefusal(context: ServiceContext, fields: Fields, why: string): ServiceAnswer {
  return context.variants().qrcodeRefusal === 'unsigned'
    ? refused('INVALID_PARAMETER', why)
    : answered(qrcodeManners.sayNo(context, fields, 'INVALID_PARAMETER'));
}
