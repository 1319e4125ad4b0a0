/** Who did it, when it was no caller. */
export const ALIPAY = 'alipay';
export const WORKER = 'worker';
export const RECONCILIATION = 'reconciliation';
