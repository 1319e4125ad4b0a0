import { createStatementServer } from '@countersign/alipay-services/sftp';

import { type Config } from '../../config';
import { reasonOf } from '../command-stopped';
import { doubtful, type Finding, good, wrong } from './finding';

const ABOUT = 'statements';

/** The other witness of payments: without it, a notification that is lost is lost until somebody asks. */
export async function checkStatementServer({ statementServer }: Config): Promise<Finding[]> {
  if (statementServer === null) {
    return [
      doubtful(
        ABOUT,
        'no file server is configured',
        'Set ALIPAY_SFTP_URL, or import each day’s files by hand: they show payments that no notification told of.',
      ),
    ];
  }
  try {
    const files = await createStatementServer(statementServer).list();
    return [good(ABOUT, `the file server lets us in; ${files.length} file(s) lie there`)];
  } catch (error) {
    return [
      wrong(
        ABOUT,
        `the file server does not let us in: ${reasonOf(error)}`,
        'Check ALIPAY_SFTP_URL, ALIPAY_SFTP_PASSWORD and ALIPAY_SFTP_HOST_KEY, and that Alipay lets our address in.',
      ),
    ];
  }
}
