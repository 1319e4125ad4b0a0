import { type RestorationProgress } from '@countersign/merchant-domain';

/** Where the work after a restore stands, and what comes next, in words. */
export function describeProgress(progress: RestorationProgress | null): string[] {
  if (progress === null) {
    return [
      'No payment is in doubt: these books were not restored from a backup, or are complete again.',
      'A backup that was put back in place, file by file, is not noticed by itself: --record says so.',
    ];
  }
  const { restoration, inDoubt, confirmed, toBeAsked, pending } = progress;
  return [
    `These books were restored: they know what happened until ${restoration.booksUntil.toISOString()}, and were taken up again at ${restoration.noticedAt.toISOString()}.`,
    `${count(inDoubt, 'payment')} made before may have been refunded or cancelled since: in doubt. ${confirmed} confirmed.`,
    'What is in doubt takes up again what was asked for before, under its own key, and refuses anything new.',
    '',
    'What comes next:',
    '1. Stores and codes of that time: register and create them again first, with ROLE=api. A file names the merchant alone, and would put their payments down at the one store or code that these books have of it.',
    `2. Let the API run, with its worker: it asks Alipay for the state of ${count(toBeAsked, 'payment')}, and for what became of ${pending} that no answer is known of. A refund that Alipay knows nothing of waits for you: resolveRefund.`,
    '3. Let the tills and the back office send the requests of that time again, with their own keys, in their order, before the doubts end: what Alipay had refused would be made afterwards.',
    '4. Payments of that time that are missing: have Alipay resend their notifications, or recover them by their numbers (recoverTransaction).',
    '5. Import the transaction file of each of those days when it comes (reconcileDay, or POST /statements): after the last one nothing is in doubt any more.',
    '6. A payment that cannot wait: compare it with the statement or the portal, then --confirm it. When you know it of all: --end.',
    '7. In the end: npm run check-sums.',
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
