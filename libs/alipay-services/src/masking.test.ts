import { maskFields } from './masking';

test.each([
  ['sign', 'a8d06f6d25f013852debb36d4db2705f', '[secret]'],
  ['md5_key', '0123456789abcdef', '[secret]'],
  ['buyer_id', '2088000000000001', '****0001'],
  ['alipay_buyer_user_id', '2088000000000001', '****0001'],
  ['buyer_id', '2088', '****'],
  ['buyer_email', 'ada.lovelace@example.com', 'ad****@example.com'],
  ['buyer_email', 'a@example.com', '****@example.com'],
  ['buyer_email', '13800138000', '138****00'],
  ['buyer_email', '1380', '****'],
  ['buyer_email', 'a😀b@example.com', 'a😀****@example.com'],
  ['buyer_email', '12😀4567😀9', '12😀****😀9'],
  ['buyer_id', '20880000😀001', '****😀001'],
  ['alipay_buyer_login_id', '852-****0000', '852-****0000'],
  [
    'notify_url',
    'https://a.example/alipay/notifications/abc',
    'https://a.example/alipay/notifications/[secret]',
  ],
  [
    'notify_url',
    'https://a.example/alipay/notifications/abc?x=1',
    'https://a.example/alipay/notifications/[secret]?x=1',
  ],
  [
    'echo',
    'https%3A%2F%2Fa.example%2Falipay%2Fnotifications%2Fabc',
    'https%3A%2F%2Fa.example%2Falipay%2Fnotifications%2F[secret]',
  ],
  [
    'notify_url',
    'https://a.example/alipay/notifications',
    'https://a.example/alipay/notifications',
  ],
  ['representative_id', 'A1234567', '****4567'],
  ['shareholder_name', '陳大文', '陳****'],
  ['shareholder_name', '陳**', '陳**'],
  ['settlement_no', '012345678901', '****8901'],
  ['contact_no', '+852 2345 6789', '+85****89'],
  ['contact_email', 'ada.lovelace@example.com', 'ad****@example.com'],
  ['extend_params', '[{"contact_person":"Ada"}]', '[personal]'],
  ['cs_no', '2345 6789', '2345 6789'],
  ['secondary_merchant_name', '美味茶餐廳', '美味茶餐廳'],
  ['sign_type', 'RSA2', 'RSA2'],
  ['seller_id', '2088123456789012', '2088123456789012'],
  ['qrcode', 'https://qr.alipay.com/ocx1', 'https://qr.alipay.com/ocx1'],
])('%s %s is shown as %s', (name, value, shown) => {
  expect(maskFields({ [name]: value })).toEqual({ [name]: shown });
});
